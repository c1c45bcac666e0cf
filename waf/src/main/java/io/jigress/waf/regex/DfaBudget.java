package io.jigress.waf.regex;

import java.util.concurrent.atomic.AtomicLong;

/// The memory shared by the automata of one rule set, in transitions of four bytes.
public final class DfaBudget {
    /// 24 MiB.
    public static final long DEFAULT_TRANSITIONS = 6_000_000;

    private final AtomicLong left;

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

    /// Transitions that are still free.
    public long free() {
        return left.get();
    }
}
