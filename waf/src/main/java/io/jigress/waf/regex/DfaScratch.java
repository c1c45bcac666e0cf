package io.jigress.waf.regex;

import java.util.Arrays;

/// The working memory with which [LazyDfa] makes one state: the instructions that are reached.
final class DfaScratch {
    static final DfaScratch NONE = new DfaScratch(0);

    final boolean[] seen;
    final int[] stack;
    private final int[] reached;
    private int count;
    boolean match;
    boolean assertion;

    DfaScratch(int instructions) {
        seen = new boolean[instructions];
        stack = new int[instructions * 2 + 2];
        reached = new int[instructions];
    }

    void clear() {
        Arrays.fill(seen, false);
        count = 0;
        match = false;
        assertion = false;
    }

    void add(int pc) {
        reached[count++] = pc;
    }

    int[] reached() {
        return Arrays.copyOf(reached, count);
    }
}
