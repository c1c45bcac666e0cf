package io.jigress.waf.regex;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;

/// The memory shared by the automata of one rule set, in transitions of four bytes.
///
/// When it is used up, all automata drop their states together. If only the one that asks did, the others would keep what they have, and it
/// would make its states again at each byte for as long as the rule set is in use.
public final class DfaBudget {
    /// 24 MiB.
    public static final long DEFAULT_TRANSITIONS = 6_000_000;

    /// Working memories that are kept.
    private static final int KEPT = 4;

    private final long transitions;
    private long left;
    private final List<LazyDfa> automata = new ArrayList<>();
    private final ArrayDeque<DfaScratch> idle = new ArrayDeque<>();
    private long computed;

    public DfaBudget(long transitions) {
        this.transitions = transitions;
        left = transitions;
    }

    synchronized void register(LazyDfa automaton) {
        automata.add(automaton);
    }

    /// Takes transitions for a state; false when there are too few left, in which case all automata have dropped their states.
    synchronized boolean take(LazyDfa automaton, long cost) {
        if (left >= cost) {
            left -= cost;
            automaton.taken += cost;
            return true;
        }
        for (LazyDfa each : automata) {
            each.taken = 0;
            each.dropStates();
        }
        left = transitions;
        return false;
    }

    /// Has one automaton drop its states.
    synchronized void drop(LazyDfa automaton) {
        left += automaton.taken;
        automaton.taken = 0;
        automaton.dropStates();
    }

    /// Working memory for a program of this size.
    DfaScratch borrow(int instructions) {
        synchronized (idle) {
            computed++;
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
    public synchronized long free() {
        return left;
    }

    /// How often a successor had to be computed since no state had it.
    long computed() {
        synchronized (idle) {
            return computed;
        }
    }
}
