package io.jigress.waf;

import io.jigress.waf.transform.Traits;
import io.jigress.waf.transform.Transformation;
import java.util.Arrays;

/// What is derived from the values of a transaction, once for all rules: their transformed forms, and the prefilter's result for each.
final class DerivedValues {
    private static final int TRANSFORMATIONS = Transformation.values().length;
    private static final int INITIAL_ROWS = 64;
    /// Arrays that grew beyond it are dropped after the transaction.
    private static final int KEPT_ROWS = 4096;

    private final Store store;
    private final Prefilter prefilter;
    private final int words;

    /// The index of the transformed value plus one, by value and transformation.
    private int[] memo = new int[INITIAL_ROWS * TRANSFORMATIONS];
    /// The traits of each value; 0 when they are not computed.
    private int[] traits = new int[INITIAL_ROWS];
    /// 0: not computed; 1: nothing can match; 2: see the row.
    private byte[] marked = new byte[INITIAL_ROWS];
    private long[] marks;

    DerivedValues(Store store, Prefilter prefilter) {
        this.store = store;
        this.prefilter = prefilter;
        words = prefilter.words();
        marks = new long[INITIAL_ROWS * words];
    }

    /// To be called before the values are cleared.
    void reset() {
        int rows = Math.min(store.count(), traits.length);
        if (traits.length > KEPT_ROWS) {
            memo = new int[INITIAL_ROWS * TRANSFORMATIONS];
            traits = new int[INITIAL_ROWS];
            marked = new byte[INITIAL_ROWS];
            marks = new long[INITIAL_ROWS * words];
        } else {
            Arrays.fill(memo, 0, rows * TRANSFORMATIONS, 0);
            Arrays.fill(traits, 0, rows, 0);
            Arrays.fill(marked, 0, rows, (byte) 0);
        }
    }

    /// The value after all transformations; the same value when they change nothing.
    int transformed(int value, Transformation[] transformations) {
        int current = value;
        int kinds = traits(value);
        for (Transformation transformation : transformations) {
            if (transformation.touches(kinds)) {
                int next = computed(current, transformation);
                if (next != current) {
                    current = next;
                    kinds = traits(current);
                }
            }
        }
        return current;
    }

    int transformed(int value, Transformation transformation) {
        return transformation.touches(traits(value)) ? computed(value, transformation) : value;
    }

    int traits(int value) {
        if (value >= traits.length) {
            grow();
        }
        int known = traits[value];
        if (known == 0) {
            known = Traits.of(store.bytes, store.from[value], store.to[value]);
            traits[value] = known;
        }
        return known;
    }

    private int computed(int value, Transformation transformation) {
        int cell = value * TRANSFORMATIONS + transformation.index();
        int known = memo[cell];
        if (known > 0) {
            return known - 1;
        }
        int from = store.from[value];
        int to = store.to[value];
        int at = store.reserve(transformation.maxLength(to - from));
        int end = transformation.apply(store.bytes, from, to, store.bytes, at);
        int result = Arrays.equals(store.bytes, from, to, store.bytes, at, end) ? value : store.commitShared(at, end);
        memo[cell] = result + 1;
        return result;
    }

    private void grow() {
        int rows = Math.max(traits.length * 2, store.count());
        memo = Arrays.copyOf(memo, rows * TRANSFORMATIONS);
        traits = Arrays.copyOf(traits, rows);
        marked = Arrays.copyOf(marked, rows);
        marks = Arrays.copyOf(marks, rows * words);
    }

    /// Whether the operator with this bit of the prefilter can match the value.
    boolean canMatch(int value, int bit) {
        return mark(value) && (marks[value * words + (bit >>> 6)] & 1L << (bit & 63)) != 0;
    }

    /// Adds the bits of the operators that can match the value; false when nothing can.
    boolean addMarks(int value, long[] to) {
        boolean any = mark(value);
        if (any) {
            int at = value * words;
            for (int word = 0; word < words; word++) {
                to[word] |= marks[at + word];
            }
        }
        return any;
    }

    /// False when nothing can match the value.
    private boolean mark(int value) {
        if (value >= marked.length) {
            grow();
        }
        if (marked[value] == 0) {
            int at = value * words;
            Arrays.fill(marks, at, at + words, 0);
            marked[value] = prefilter.mark(store.bytes, store.from[value], store.to[value], marks, at) ? (byte) 2 : 1;
        }
        return marked[value] == 2;
    }
}
