package io.jigress.waf.regex;

import io.jigress.waf.regex.Node.Assertion;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// Finds the groups of the leftmost match, with the priorities of a backtracking matcher, in time linear in the input.
///
/// Used after [LazyDfa] has found that there is a match, which is rare; hence it allocates.
final class CaptureMatcher {
    private final Program program;
    private final int slots;
    private final byte[] bytes;
    private final int from;
    /// Where the search begins, which may be behind the start of the text.
    private final int start;
    private final int to;
    private final int[] mark;
    private int generation;

    CaptureMatcher(Program program, int slots, byte[] bytes, int from, int start, int to) {
        this.program = program;
        this.slots = slots;
        this.bytes = bytes;
        this.from = from;
        this.start = start;
        this.to = to;
        mark = new int[program.size()];
    }

    private final class Threads {
        final int[] pcs = new int[program.size()];
        final int[][] captures = new int[program.size()][];
        int count;
    }

    /// Offsets into the bytes, two a group, -1 where a group took no part; null without a match.
    int @Nullable [] find() {
        Threads now = new Threads();
        Threads then = new Threads();
        int @Nullable [] best = null;
        for (int position = start; position <= to; position++) {
            if (best == null) {
                if (position == start) {
                    generation++;
                }
                int[] fresh = new int[slots];
                Arrays.fill(fresh, -1);
                add(now, program.start(), position, fresh);
            }
            if (now.count == 0 && best != null) {
                break;
            }
            then.count = 0;
            generation++;
            int value = position < to ? bytes[position] & 0xff : -1;
            for (int i = 0; i < now.count; i++) {
                int pc = now.pcs[i];
                if (program.op(pc) == Program.MATCH) {
                    best = now.captures[i];
                    break;
                }
                if (value >= 0 && program.set(pc).contains(value)) {
                    add(then, program.next(pc), position + 1, now.captures[i]);
                }
            }
            Threads swap = now;
            now = then;
            then = swap;
        }
        return best;
    }

    private void add(Threads threads, int first, int position, int[] firstCaptures) {
        int[] pcs = new int[16];
        int[][] captures = new int[16][];
        int depth = 0;
        pcs[depth] = first;
        captures[depth++] = firstCaptures;
        while (depth > 0) {
            int pc = pcs[--depth];
            int[] held = captures[depth];
            if (mark[pc] == generation) {
                continue;
            }
            mark[pc] = generation;
            if (depth + 2 > pcs.length) {
                pcs = Arrays.copyOf(pcs, pcs.length * 2);
                captures = Arrays.copyOf(captures, captures.length * 2);
            }
            switch (program.op(pc)) {
                case Program.SPLIT -> {
                    pcs[depth] = program.next(pc);
                    captures[depth++] = held;
                    pcs[depth] = program.arg(pc);
                    captures[depth++] = held;
                }
                case Program.SAVE -> {
                    int slot = program.arg(pc);
                    int[] saved = held;
                    if (slot < slots) {
                        saved = held.clone();
                        saved[slot] = position;
                    }
                    pcs[depth] = program.next(pc);
                    captures[depth++] = saved;
                }
                case Program.ASSERT -> {
                    if (holds(program.assertion(pc), position)) {
                        pcs[depth] = program.next(pc);
                        captures[depth++] = held;
                    }
                }
                default -> {
                    threads.pcs[threads.count] = pc;
                    threads.captures[threads.count++] = held;
                }
            }
        }
    }

    private boolean holds(Assertion assertion, int position) {
        return switch (assertion) {
            case BEGIN_TEXT -> position == from;
            case END_TEXT -> position == to;
            case BEGIN_LINE -> position == from || bytes[position - 1] == '\n';
            case END_LINE -> position == to || bytes[position] == '\n';
            case WORD_BOUNDARY -> isWord(position - 1) != isWord(position);
            case NOT_WORD_BOUNDARY -> isWord(position - 1) == isWord(position);
        };
    }

    private boolean isWord(int position) {
        if (position < from || position >= to) {
            return false;
        }
        int value = bytes[position];
        return value >= 'a' && value <= 'z' || value >= 'A' && value <= 'Z' || value >= '0' && value <= '9' || value == '_';
    }
}
