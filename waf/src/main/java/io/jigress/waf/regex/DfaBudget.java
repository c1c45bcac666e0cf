package io.jigress.waf.regex;

import java.util.ArrayDeque;
import java.util.concurrent.atomic.AtomicLong;

/// The memory shared by the automata of one rule set, in transitions of four bytes.
public final class DfaBudget {
    /// 24 MiB.
    public static final long DEFAULT_TRANSITIONS = 6_000_000;

    /// Working memories that are kept.
    private static final int KEPT = 4;

    private final AtomicLong left;
    private final ArrayDeque<DfaScratch> idle = new ArrayDeque<>();

    public DfaBudget(long transitions) {
        left = new AtomicLong(transitions);
    }

    boolean take(long transitions) {
        long now = left.addAndGet(-transitions);
        if (now >= 0) {
            return true;
        }
        left.addAndGet(transitions);
        return false;
    }

    void giveBack(long transitions) {
        left.addAndGet(transitions);
    }

    /// Working memory for a program of this size.
    DfaScratch borrow(int instructions) {
        synchronized (idle) {
            DfaScratch kept = idle.poll();
            if (kept != null && kept.seen.length >= instructions) {
                return kept;
            }
        }
        return new DfaScratch(instructions);
    }

    void giveBack(DfaScratch scratch) {
        synchronized (idle) {
            if (idle.size() < KEPT) {
                idle.push(scratch);
            }
        }
    }

    /// Transitions that are still free.
    public long free() {
        return left.get();
    }
}
