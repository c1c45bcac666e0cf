package io.jigress.waf.regex;

import io.jigress.waf.regex.Node.Assertion;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Determines in one pass whether an expression matches anywhere in some bytes; or, for a reversed expression in a pass from the end, the
/// leftmost offset at which a match begins; or the end of the match that begins at an offset.
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
    private final Use use;
    private final byte[] classOf = new byte[256];
    private final int classes;

    private final State dead = new State(new int[0], 0, false, false, true, 0);
    private final State matched = new State(new int[0], 0, true, false, true, 0);
    private final State matchedBefore = new State(new int[0], 0, false, true, true, 0);
    /// At the start of the text.
    private final State start;
    private volatile Cache cache;

    /// What the states cost; guarded by the budget.
    long taken;
    /// Borrowed from the budget while a state is made, under the lock.
    private DfaScratch scratch = DfaScratch.NONE;

    private enum Use {
        /// [#find]: ends at the first match.
        FIND,
        /// [#leftmostStart].
        START,
        /// [#end]: the instructions of a state are in the order in which a backtracking matcher prefers them, and those after a match are left out.
        END
    }

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
    ///
    /// @param starts by context; all but the one at the start of the text are made when they are needed
    private record Cache(@Nullable State[] starts, Map<Key, State> states) {
        static Cache of(State start, Map<Key, State> states) {
            @Nullable State[] starts = new State[AFTER_LINE_FEED * 2];
            starts[AT_START] = start;
            return new Cache(starts, states);
        }
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

    private LazyDfa(Program program, DfaBudget budget, Use use) {
        this.program = program;
        this.budget = budget;
        this.use = use;
        classes = ByteClasses.partition(program, classOf);
        Map<Key, State> states = new HashMap<>();
        start = firstState(states, AT_START);
        cache = Cache.of(start, states);
        budget.register(this);
    }

    /// For [#find].
    static LazyDfa forward(Program program, DfaBudget budget) {
        return new LazyDfa(program, budget, Use.FIND);
    }

    /// For [#leftmostStart].
    static LazyDfa backward(Program reversed, DfaBudget budget) {
        return new LazyDfa(reversed, budget, Use.START);
    }

    /// For [#end].
    static LazyDfa anchored(Program program, DfaBudget budget) {
        return new LazyDfa(program, budget, Use.END);
    }

    boolean find(byte[] bytes, int from, int to) {
        State state = startOf(AT_START);
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
        State state = startOf(AT_START);
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

    /// The end of the match that begins at `first`, as a backtracking matcher finds it; -1 when there is none. Assertions see the bytes from `from` on.
    int end(byte[] bytes, int from, int first, int to) {
        State state = startOf(first == from ? AT_START : context(bytes[first - 1] & 0xff));
        int end = state.match ? first : -1;
        byte[] classOf = this.classOf;
        for (int i = first; i < to; i++) {
            int value = bytes[i] & 0xff;
            State next = state.next[classOf[value] & 0xff];
            if (next == null) {
                next = step(state, value);
            }
            if (next.match) {
                end = i + 1;
            } else if (next.earlier) {
                end = i;
            }
            if (next.terminal) {
                return end;
            }
            state = next;
        }
        State last = state.next[classes];
        return (last == null ? step(state, END) : last).earlier ? to : end;
    }

    private static int context(int before) {
        return (WORD[before] ? AFTER_WORD : 0) | (before == '\n' ? AFTER_LINE_FEED : 0);
    }

    private State startOf(int context) {
        State known = cache.starts[context];
        return known == null ? makeStart(context) : known;
    }

    private synchronized State makeStart(int context) {
        State made = firstState(cache.states, context);
        cache.starts[context] = made;
        return made;
    }

    private synchronized State firstState(Map<Key, State> states, int context) {
        scratch = budget.borrow(program.size());
        try {
            scratch.clear();
            close(program.start(), -1, context == AT_START);
            return intern(states, context, false);
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
            for (int i = 0; i < pcs.length && !isCut(); i++) {
                close(pcs[i], holds, false);
            }
            if (scratch.match && use == Use.FIND) {
                return matched;
            }
            earlier = scratch.match;
            pcs = scratch.reached();
        }
        if (value == END) {
            return earlier ? matchedBefore : dead;
        }
        scratch.clear();
        for (int i = 0; i < pcs.length && !isCut(); i++) {
            int pc = pcs[i];
            if (program.op(pc) == Program.BYTE && program.set(pc).contains(value)) {
                close(program.next(pc), -1, false);
            }
        }
        if (use != Use.END) {
            close(program.start(), -1, false);
        }
        return intern(cache.states, context(value), earlier);
    }

    /// Whether what follows a match is not preferred to it.
    private boolean isCut() { return use == Use.END && scratch.match; }

    /// Adds the instructions that are reached without consuming a byte. Assertions are kept undecided when `holds` is -1.
    private void close(int from, int holds, boolean first) {
        DfaScratch scratch = this.scratch;
        boolean[] seen = scratch.seen;
        int[] stack = scratch.stack;
        int depth = 0;
        stack[depth++] = from;
        while (depth > 0 && !isCut()) {
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
        if (scratch.match && use == Use.FIND) {
            return matched;
        }
        int[] pcs = scratch.reached();
        if (pcs.length == 0 && !scratch.match) {
            return earlier ? matchedBefore : dead;
        }
        if (use != Use.END) {
            Arrays.sort(pcs);
        }
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
        cache = Cache.of(new State(start.pcs, start.context, start.match, start.earlier, start.terminal, classes + 1),
                new HashMap<>());
    }
}
