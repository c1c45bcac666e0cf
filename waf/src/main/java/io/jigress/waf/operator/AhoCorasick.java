package io.jigress.waf.operator;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// Finds which of many strings occur in some bytes, in one pass; ASCII case does not matter.
///
/// A dense automaton over the classes of bytes that the strings use.
public final class AhoCorasick {
    private final byte[] classOf = new byte[256];
    private final int classes;
    private final int[] next;
    /// The index of a string that ends in a state; -1 for none.
    private final int[] ends;
    /// The nearest state along the suffix links in which a string ends, or 0.
    private final int[] outputs;
    private final int[] lengths;

    /// Receives the occurrences.
    @FunctionalInterface
    public interface Hits {
        /// The string of this index ends before the offset. Return true to end the search.
        boolean hit(int string, int end);
    }

    /// Builds the automaton of strings with one byte per character. Empty strings are ignored.
    public AhoCorasick(Collection<String> strings) {
        boolean[] used = new boolean[256];
        int total = 1;
        for (String string : strings) {
            total += string.length();
            for (int i = 0; i < string.length(); i++) {
                used[fold(string.charAt(i) & 0xff)] = true;
            }
        }
        int count = 1;
        for (int value = 0; value < 256; value++) {
            if (used[value]) {
                classOf[value] = (byte) count++;
            }
        }
        for (int letter = 'A'; letter <= 'Z'; letter++) {
            classOf[letter] = classOf[letter + 32];
        }
        classes = count;
        int[] table = new int[Math.multiplyExact(total, classes)];
        int[] ended = new int[total];
        Arrays.fill(ended, -1);
        lengths = new int[strings.size()];
        int states = 1;
        int index = 0;
        for (String string : strings) {
            int state = 0;
            for (int i = 0; i < string.length(); i++) {
                int cell = state * classes + (classOf[fold(string.charAt(i) & 0xff)] & 0xff);
                if (table[cell] == 0) {
                    table[cell] = states++;
                }
                state = table[cell];
            }
            lengths[index] = string.length();
            if (state != 0 && ended[state] < 0) {
                ended[state] = index;
            }
            index++;
        }
        outputs = new int[states];
        next = Arrays.copyOf(table, states * classes);
        ends = Arrays.copyOf(ended, states);
        link(states);
    }

    private void link(int states) {
        int[] fallback = new int[states];
        Deque<Integer> queue = new ArrayDeque<>();
        for (int column = 0; column < classes; column++) {
            if (next[column] != 0) {
                queue.add(next[column]);
            }
        }
        while (!queue.isEmpty()) {
            int state = queue.remove();
            int other = fallback[state];
            outputs[state] = ends[other] >= 0 ? other : outputs[other];
            for (int column = 0; column < classes; column++) {
                int cell = state * classes + column;
                int beyond = next[other * classes + column];
                if (next[cell] == 0) {
                    next[cell] = beyond;
                } else {
                    fallback[next[cell]] = beyond;
                    queue.add(next[cell]);
                }
            }
        }
    }

    private static int fold(int value) {
        return value >= 'A' && value <= 'Z' ? value + 32 : value;
    }

    /// A string, one byte a character, with its ASCII letters in lower case; other bytes have no case.
    public static String folded(String string) {
        StringBuilder out = new StringBuilder(string.length());
        for (int i = 0; i < string.length(); i++) {
            out.append((char) fold(string.charAt(i)));
        }
        return out.toString();
    }

    /// The length of a string by its index.
    public int length(int string) {
        return lengths[string];
    }

    /// Reports every occurrence, until the receiver stops the search. True when it did.
    public boolean search(byte[] bytes, int from, int to, Hits hits) {
        byte[] classOf = this.classOf;
        int[] next = this.next;
        int[] ends = this.ends;
        int[] outputs = this.outputs;
        int classes = this.classes;
        int state = 0;
        for (int i = from; i < to; i++) {
            state = next[state * classes + (classOf[bytes[i] & 0xff] & 0xff)];
            if (ends[state] >= 0 && hits.hit(ends[state], i + 1)) {
                return true;
            }
            for (int output = outputs[state]; output != 0; output = outputs[output]) {
                if (hits.hit(ends[output], i + 1)) {
                    return true;
                }
            }
        }
        return false;
    }

    /// For [#mark]: what each state adds to a result, as pairs of a word and its bits.
    public static final class Marks {
        /// By state: its list of pairs; 0 when it adds nothing.
        private final int[] listOf;
        /// By list: the index of its first pair. The list ends where the next one begins.
        private final int[] firsts;
        private final int[] words;
        private final long[] bits;

        private Marks(int[] listOf, int[] firsts, int[] words, long[] bits) {
            this.listOf = listOf;
            this.firsts = firsts;
            this.words = words;
            this.bits = bits;
        }
    }

    /// Combines the masks of the strings that end in each state.
    ///
    /// @param masks by the index of a string
    public Marks marks(long[][] masks) {
        int[] listOf = new int[ends.length];
        List<Integer> firsts = new ArrayList<>(List.of(0, 0));
        List<Integer> words = new ArrayList<>();
        List<Long> bits = new ArrayList<>();
        Map<List<Long>, Integer> known = new HashMap<>();
        for (int state = 0; state < ends.length; state++) {
            int output = ends[state] >= 0 ? state : outputs[state];
            if (output == 0) {
                continue;
            }
            long[] all = masks[ends[output]].clone();
            for (output = outputs[output]; output != 0; output = outputs[output]) {
                long[] mask = masks[ends[output]];
                for (int word = 0; word < mask.length; word++) {
                    all[word] |= mask[word];
                }
            }
            List<Long> key = Arrays.stream(all).boxed().toList();
            Integer list = known.get(key);
            if (list == null) {
                list = firsts.size() - 1;
                known.put(key, list);
                for (int word = 0; word < all.length; word++) {
                    if (all[word] != 0) {
                        words.add(word);
                        bits.add(all[word]);
                    }
                }
                firsts.add(words.size());
            }
            listOf[state] = list;
        }
        return new Marks(listOf, firsts.stream().mapToInt(Integer::intValue).toArray(),
                words.stream().mapToInt(Integer::intValue).toArray(), bits.stream().mapToLong(Long::longValue).toArray());
    }

    /// Combines the masks of all strings that occur into `out`; false when none does.
    public boolean mark(byte[] bytes, int from, int to, Marks marks, long[] out, int at) {
        byte[] classOf = this.classOf;
        int[] next = this.next;
        int[] listOf = marks.listOf;
        int classes = this.classes;
        boolean any = false;
        int state = 0;
        for (int i = from; i < to; i++) {
            state = next[state * classes + (classOf[bytes[i] & 0xff] & 0xff)];
            int list = listOf[state];
            if (list != 0) {
                any = true;
                int end = marks.firsts[list + 1];
                for (int pair = marks.firsts[list]; pair < end; pair++) {
                    out[at + marks.words[pair]] |= marks.bits[pair];
                }
            }
        }
        return any;
    }

    /// Whether any of the strings occurs.
    public boolean occurs(byte[] bytes, int from, int to) {
        return search(bytes, from, to, (_, _) -> true);
    }
}
