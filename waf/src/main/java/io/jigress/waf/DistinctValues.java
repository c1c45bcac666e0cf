package io.jigress.waf;

/// The candidates of some targets, and the values that differ among them, before any transformation.
final class DistinctValues {
    final Candidates candidates = new Candidates();
    /// The slot of each candidate's value.
    int[] slots = new int[16];
    /// By slot.
    int[] values = new int[16];
    int[] traits = new int[16];
    /// By slot: whether the prefilter finds anything in the value.
    boolean[] marked = new boolean[16];
    int count;
    final long[] marks;
    int allTraits;
    int maxLength;
    int epoch;

    DistinctValues(int words) {
        marks = new long[words];
    }

    /// Makes room for as many values as there are candidates.
    void reserve() {
        if (slots.length < candidates.size) {
            int length = candidates.values.length;
            slots = new int[length];
            values = new int[length];
            traits = new int[length];
            marked = new boolean[length];
        }
    }
}
