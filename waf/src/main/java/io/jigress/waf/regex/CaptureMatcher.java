package io.jigress.waf.regex;

import io.jigress.waf.regex.Node.Assertion;
import java.util.Arrays;

/// Finds the groups of the leftmost match, with the priorities of a backtracking matcher, in linear time.
///
/// Reuses its arrays for the next expression. For one thread; used when [LazyDfa] has found a match and, in longer texts, its start.
public final class CaptureMatcher {
    /// Arrays that have grown larger are dropped by [#trim].
    private static final int MAX_KEPT = 16 * 1024;

    private Threads now = new Threads();
    private Threads then = new Threads();
    private int[] mark = new int[64];
    private int generation;
    /// Instructions to continue with; a negative entry `~slot` restores the value of a slot.
    private int[] stack = new int[64];
    private int[] stackValues = new int[64];
    private int[] slotValues = new int[20];
    private int[] best = new int[20];
    private int slots;
    // Of the current search.
    private byte[] bytes = new byte[0];
    private int from;
    private int to;

    /// The instructions that wait for the next byte, most preferred first, each with its slots.
    private static final class Threads {
        private int[] pcs = new int[16];
        private int[] captures = new int[64];
        private int count;

        void add(int pc, int[] slotValues, int slots) {
            if (count == pcs.length) {
                pcs = Arrays.copyOf(pcs, count * 2);
            }
            if ((count + 1) * slots > captures.length) {
                captures = Arrays.copyOf(captures, (count + 1) * slots * 2);
            }
            pcs[count] = pc;
            int at = count * slots;
            for (int slot = 0; slot < slots; slot++) {
                captures[at + slot] = slotValues[slot];
            }
            count++;
        }
    }

    /// Drops arrays that grew beyond the usual size.
    public void trim() {
        if (now.captures.length > MAX_KEPT || then.captures.length > MAX_KEPT) {
            now = new Threads();
            then = new Threads();
        }
    }

    /// Searches for a match that begins at `start` or, unless it is anchored, later; assertions see the bytes from `textStart` on. [#start] and
    /// [#end] then return the offsets.
    boolean find(Program program, int slotCount, byte[] in, int textStart, int start, int end, boolean anchored) {
        slots = slotCount;
        bytes = in;
        from = textStart;
        to = end;
        if (mark.length < program.size()) {
            mark = new int[program.size()];
        }
        if (best.length < slots) {
            best = new int[slots];
            slotValues = new int[slots];
        }
        ByteSet first = program.firstBytes();
        now.count = 0;
        boolean found = false;
        nextGeneration();
        for (int position = start; position <= to; position++) {
            // A match begins only with certain bytes: most positions add no thread.
            if (anchored
                    ? position == start
                    : !found && (first == null || position < to && first.contains(bytes[position] & 0xff))) {
                Arrays.fill(slotValues, 0, slots, -1);
                add(program, now, program.start(), position);
            }
            if (now.count == 0 && (found || anchored)) {
                break;
            }
            then.count = 0;
            nextGeneration();
            int value = position < to ? bytes[position] & 0xff : -1;
            for (int i = 0; i < now.count; i++) {
                int pc = now.pcs[i];
                if (program.op(pc) == Program.MATCH) {
                    System.arraycopy(now.captures, i * slots, best, 0, slots);
                    found = true;
                    break;
                }
                if (value >= 0 && program.set(pc).contains(value)) {
                    System.arraycopy(now.captures, i * slots, slotValues, 0, slots);
                    add(program, then, program.next(pc), position + 1);
                }
            }
            Threads swap = now;
            now = then;
            then = swap;
        }
        return found;
    }

    /// Sets the result to a match of which only the whole was searched.
    void whole(int start, int end) {
        slots = 2;
        best[0] = start;
        best[1] = end;
    }

    /// The groups of the last search, group 0 included.
    public int groups() {
        return slots / 2;
    }

    /// The start of a group of the last match; -1 when it did not participate.
    public int start(int group) {
        return best[group * 2 + 1] < 0 ? -1 : best[group * 2];
    }

    /// The end of a group of the last match; -1 when it did not participate.
    public int end(int group) {
        return best[group * 2] < 0 ? -1 : best[group * 2 + 1];
    }

    private void nextGeneration() {
        if (++generation == Integer.MAX_VALUE) {
            Arrays.fill(mark, 0);
            generation = 1;
        }
    }

    private void push(int depth, int pc, int value) {
        if (depth == stack.length) {
            stack = Arrays.copyOf(stack, depth * 2);
            stackValues = Arrays.copyOf(stackValues, depth * 2);
        }
        stack[depth] = pc;
        stackValues[depth] = value;
    }

    private void add(Program program, Threads threads, int first, int position) {
        if (program.op(first) == Program.BYTE) {
            if (mark[first] != generation) {
                mark[first] = generation;
                threads.add(first, slotValues, slots);
            }
            return;
        }
        int depth = 0;
        push(depth++, first, 0);
        while (depth > 0) {
            int pc = stack[--depth];
            if (pc < 0) {
                slotValues[~pc] = stackValues[depth];
                continue;
            }
            if (mark[pc] == generation) {
                continue;
            }
            mark[pc] = generation;
            switch (program.op(pc)) {
                case Program.SPLIT -> {
                    push(depth++, program.next(pc), 0);
                    push(depth++, program.arg(pc), 0);
                }
                case Program.SAVE -> {
                    int slot = program.arg(pc);
                    if (slot < slots) {
                        push(depth++, ~slot, slotValues[slot]);
                        slotValues[slot] = position;
                    }
                    push(depth++, program.next(pc), 0);
                }
                case Program.ASSERT -> {
                    if (holds(program.assertion(pc), position)) {
                        push(depth++, program.next(pc), 0);
                    }
                }
                default -> threads.add(pc, slotValues, slots);
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
