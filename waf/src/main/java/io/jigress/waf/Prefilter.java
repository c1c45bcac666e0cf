package io.jigress.waf;

import io.jigress.waf.operator.AhoCorasick;
import io.jigress.waf.operator.Operator;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// Finds in one pass over a value which operators can match it: those whose required literals occur.
final class Prefilter {
    private final AhoCorasick automaton;
    private final long[][] masks;
    private final AhoCorasick.Marks marks;
    private final int words;

    private Prefilter(AhoCorasick automaton, long[][] masks, int words) {
        this.automaton = automaton;
        this.masks = masks;
        marks = automaton.marks(masks);
        this.words = words;
    }

    static final class Builder {
        private final Map<Operator, Integer> bits = new LinkedHashMap<>();
        private final List<Set<String>> literals = new ArrayList<>();

        /// The bit of an operator; -1 when no required literals are known.
        int add(Operator operator) {
            Integer known = bits.get(operator);
            if (known != null) {
                return known;
            }
            Set<String> required = operator.requiredLiterals();
            if (required.isEmpty() || required.contains("")) {
                return -1;
            }
            bits.put(operator, literals.size());
            literals.add(required);
            return literals.size() - 1;
        }

        Prefilter build() {
            int words = Math.max(1, (literals.size() + 63) / 64);
            Map<String, long[]> masks = new LinkedHashMap<>();
            for (int bit = 0; bit < literals.size(); bit++) {
                for (String literal : literals.get(bit)) {
                    masks.computeIfAbsent(literal, _ -> new long[words])[bit >>> 6] |= 1L << (bit & 63);
                }
            }
            return new Prefilter(new AhoCorasick(masks.keySet()), masks.values().toArray(new long[0][]), words);
        }
    }

    /// The number of longs of the result for one value.
    int words() {
        return words;
    }

    /// Reports the first literal of an operator that ends in a value as group 0.
    void capture(int bit, byte[] bytes, int from, int to, Operator.Captures captures) {
        automaton.search(bytes, from, to, (string, end) -> {
            boolean found = (masks[string][bit >>> 6] & 1L << (bit & 63)) != 0;
            if (found) {
                captures.group(0, bytes, end - automaton.length(string), end);
            }
            return found;
        });
    }

    /// Sets the bits of the operators that can match; false when there are none.
    boolean mark(byte[] bytes, int from, int to, long[] out, int at) {
        return automaton.mark(bytes, from, to, marks, out, at);
    }
}
