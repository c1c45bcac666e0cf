package io.jigress.waf.regex;

import io.jigress.waf.regex.Node.Assertion;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Determines in one pass whether an expression matches anywhere in some bytes; or, for a reversed expression in a pass from the end, the
/// leftmost offset at which a match begins.
///
/// States are sets of instructions, created when they are first reached and kept while the budget lasts; a full cache is
/// dropped and rebuilt, so that the worst input costs at most the size of the program per byte. A pass that runs meanwhile keeps the states
/// that it has reached. Shared by threads: transitions are read
/// without a lock, since a state is immutable except for the table of its successors, and written under a lock.
final class LazyDfa {
    /// Kept even when the budget of the rule set is used up.
    private static final int MIN_STATES = 16;
    /// States of one expression.
    private static final int MAX_STATES = 4000;

    private static final int AT_START = 1;
    private static final int AFTER_WORD = 2;
    private static final int AFTER_LINE_FEED = 4;
    private static final int END = 256;
    private static final boolean[] WORD = new boolean[256];

    static {
        ByteSet words = ByteClasses.words();
        for (int value = 0; value < 256; value++) {
            WORD[value] = words.contains(value);
        }
    }

    private final Program program;
    private final DfaBudget budget;
    /// Whether a pass continues after a match.
    private final boolean every;
    private final byte[] classOf = new byte[256];
    private final int classes;

    private final State dead = new State(new int[0], 0, false, false, true, 0);
    private final State matched = new State(new int[0], 0, true, false, true, 0);
    private final State matchedBefore = new State(new int[0], 0, false, true, true, 0);
    private volatile Cache cache;

    /// What the states cost; guarded by the budget.
    long taken;
    /// Borrowed from the budget while a state is made, under the lock.
    private DfaScratch scratch = DfaScratch.NONE;

    private static final class State {
        final int[] pcs;
        final int context;
        final boolean match;
        /// A match ended before the last byte, as its assertions showed when that byte was known.
        final boolean earlier;
        final boolean terminal;
        final @Nullable State[] next;

        State(int[] pcs, int context, boolean match, boolean earlier, boolean terminal, int width) {
            this.pcs = pcs;
            this.context = context;
            this.match = match;
            this.earlier = earlier;
            this.terminal = terminal;
            next = new State[width];
        }
    }

    /// Its map is used under the lock of the automaton; the budget only replaces the whole.
    private record Cache(State start, Map<Key, State> states) {
    }

    private record Key(int[] pcs, int context, boolean match, boolean earlier) {
        @Override
        public boolean equals(Object other) {
            return other instanceof Key key && context == key.context && match == key.match && earlier == key.earlier
                    && Arrays.equals(pcs, key.pcs);
        }

        @Override
        public int hashCode() {
            return (Arrays.hashCode(pcs) * 31 + context) * 4 + (match ? 2 : 0) + (earlier ? 1 : 0);
        }
    }

    private LazyDfa(Program program, DfaBudget budget, boolean every) {
        this.program = program;
        this.budget = budget;
        this.every = every;
        classes = partition();
        cache = firstState();
        budget.register(this);
    }

    /// For [#find].
    static LazyDfa forward(Program program, DfaBudget budget) {
        return new LazyDfa(program, budget, false);
    }

    /// For [#leftmostStart].
    static LazyDfa backward(Program reversed, DfaBudget budget) {
        return new LazyDfa(reversed, budget, true);
    }

    boolean find(byte[] bytes, int from, int to) {
        State state = cache.start;
        if (state.terminal) {
            return state.match;
        }
        byte[] classOf = this.classOf;
        for (int i = from; i < to; i++) {
            int value = bytes[i] & 0xff;
            State next = state.next[classOf[value] & 0xff];
            if (next == null) {
                next = step(state, value);
            }
            if (next.terminal) {
                return next.match;
            }
            state = next;
        }
        State last = state.next[classes];
        return (last == null ? step(state, END) : last).match;
    }

    /// The lowest offset from `first` on at which a match begins, or -1; assertions see the bytes from `from` on.
    int leftmostStart(byte[] bytes, int from, int first, int to) {
        State state = cache.start;
        int leftmost = state.match ? to : -1;
        byte[] classOf = this.classOf;
        for (int i = to - 1; i >= first; i--) {
            int value = bytes[i] & 0xff;
            State next = state.next[classOf[value] & 0xff];
            if (next == null) {
                next = step(state, value);
            }
            if (next.match) {
                leftmost = i;
            } else if (next.earlier) {
                leftmost = i + 1;
            }
            if (next.terminal) {
                return leftmost;
            }
            state = next;
        }
        // Assertions at the first offset are decided by the byte before it.
        State last = state.next[first > from ? classOf[bytes[first - 1] & 0xff] & 0xff : classes];
        if (last == null) {
            last = step(state, first > from ? bytes[first - 1] & 0xff : END);
        }
        return last.earlier ? first : leftmost;
    }

    /// Bytes that no set of the program distinguishes share a class.
    private int partition() {
        int[] group = new int[256];
        int groups = 1;
        for (ByteSet set : program.sets()) {
            groups = split(group, groups, set);
        }
        if (program.hasAssertions()) {
            groups = split(group, groups, ByteClasses.words());
            groups = split(group, groups, ByteSet.of('\n'));
        }
        for (int value = 255; value >= 0; value--) {
            classOf[value] = (byte) group[value];
        }
        return groups;
    }

    private static int split(int[] group, int groups, ByteSet set) {
        int[] inside = new int[groups];
        int[] outside = new int[groups];
        int count = 0;
        for (int value = 0; value < 256; value++) {
            int[] renamed = set.contains(value) ? inside : outside;
            if (renamed[group[value]] == 0) {
                renamed[group[value]] = ++count;
            }
            group[value] = renamed[group[value]] - 1;
        }
        return count;
    }

    private synchronized Cache firstState() {
        scratch = budget.borrow(program.size());
        try {
            scratch.clear();
            close(program.start(), -1, true);
            Map<Key, State> states = new HashMap<>();
            return new Cache(intern(states, AT_START, false), states);
        } finally {
            budget.giveBack(scratch);
            scratch = DfaScratch.NONE;
        }
    }

    private synchronized State step(State state, int value) {
        int column = value == END ? classes : classOf[value] & 0xff;
        State known = state.next[column];
        if (known != null) {
            return known;
        }
        scratch = budget.borrow(program.size());
        try {
            State next = next(state, value);
            state.next[column] = next;
            return next;
        } finally {
            budget.giveBack(scratch);
            scratch = DfaScratch.NONE;
        }
    }

    private State next(State state, int value) {
        int[] pcs = state.pcs;
        boolean earlier = false;
        if (state.context >= 0) {
            // Assertions are decided now that the bytes on both sides are known.
            int holds = holding(state.context, value);
            scratch.clear();
            for (int pc : pcs) {
                close(pc, holds, false);
            }
            if (scratch.match && !every) {
                return matched;
            }
            earlier = scratch.match;
            pcs = scratch.reached();
        }
        if (value == END) {
            return earlier ? matchedBefore : dead;
        }
        scratch.clear();
        for (int pc : pcs) {
            if (program.op(pc) == Program.BYTE && program.set(pc).contains(value)) {
                close(program.next(pc), -1, false);
            }
        }
        close(program.start(), -1, false);
        return intern(cache.states, (WORD[value] ? AFTER_WORD : 0) | (value == '\n' ? AFTER_LINE_FEED : 0), earlier);
    }

    /// Adds the instructions that are reached without consuming a byte. Assertions are kept undecided when `holds` is -1.
    private void close(int from, int holds, boolean first) {
        DfaScratch scratch = this.scratch;
        boolean[] seen = scratch.seen;
        int[] stack = scratch.stack;
        int depth = 0;
        stack[depth++] = from;
        while (depth > 0) {
            int pc = stack[--depth];
            if (seen[pc]) {
                continue;
            }
            seen[pc] = true;
            switch (program.op(pc)) {
                case Program.SPLIT -> {
                    stack[depth++] = program.next(pc);
                    stack[depth++] = program.arg(pc);
                }
                case Program.SAVE -> stack[depth++] = program.next(pc);
                case Program.MATCH -> scratch.match = true;
                case Program.BYTE -> scratch.add(pc);
                default -> {
                    if (holds >= 0) {
                        if ((holds & 1 << program.arg(pc)) != 0) {
                            stack[depth++] = program.next(pc);
                        }
                    } else if (first || program.assertion(pc) != Assertion.BEGIN_TEXT) {
                        scratch.assertion = true;
                        scratch.add(pc);
                    }
                }
            }
        }
    }

    private int holding(int context, int value) {
        boolean begin = (context & AT_START) != 0;
        boolean boundary = ((context & AFTER_WORD) != 0) != (value != END && WORD[value]);
        return bit(Assertion.BEGIN_TEXT, begin)
                | bit(Assertion.END_TEXT, value == END)
                | bit(Assertion.BEGIN_LINE, begin || (context & AFTER_LINE_FEED) != 0)
                | bit(Assertion.END_LINE, value == END || value == '\n')
                | bit(Assertion.WORD_BOUNDARY, boundary)
                | bit(Assertion.NOT_WORD_BOUNDARY, !boundary);
    }

    private static int bit(Assertion assertion, boolean holds) {
        return holds ? 1 << assertion.code : 0;
    }

    private State intern(Map<Key, State> states, int context, boolean earlier) {
        if (scratch.match && !every) {
            return matched;
        }
        int[] pcs = scratch.reached();
        if (pcs.length == 0 && !scratch.match) {
            return earlier ? matchedBefore : dead;
        }
        Arrays.sort(pcs);
        // Without an assertion the preceding byte does not matter: one state for all contexts.
        Key key = new Key(pcs, scratch.assertion ? context : -1, scratch.match, earlier);
        State known = states.get(key);
        if (known != null) {
            return known;
        }
        int width = classes + 1;
        Map<Key, State> room = states;
        if (states.size() >= MAX_STATES) {
            budget.drop(this);
            room = cache.states;
        } else if (states.size() >= MIN_STATES && !budget.take(this, width + pcs.length + 16)) {
            room = cache.states;
        }
        State state = new State(pcs, key.context, key.match, earlier, false, width);
        room.put(key, state);
        return state;
    }

    /// Called by the budget, under its lock.
    void dropStates() {
        State first = cache.start;
        cache = new Cache(new State(first.pcs, first.context, first.match, first.earlier, first.terminal, classes + 1),
                new HashMap<>());
    }
}
