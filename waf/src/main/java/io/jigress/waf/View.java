package io.jigress.waf;

/// The values that rules with the same targets and transformations examine, computed once for all of them.
///
/// Candidates with the same value share a slot: a request with a thousand short arguments has few values that differ.
final class View {
    final DistinctValues source;
    /// By slot.
    int[] transformed = new int[16];
    /// The slots in which the prefilter finds anything.
    int[] marked = new int[16];
    int markedCount;
    /// By slot: the stamp of the rule that matched last.
    long[] hits = new long[16];
    /// No transformed value is longer.
    int maxLength;
    /// The prefilter's results for the values, and perhaps for these before their transformation.
    final long[] marks;
    int epoch;

    View(int words, DistinctValues source) {
        this.source = source;
        marks = new long[words];
    }

    boolean canMatch(int bit) {
        return (marks[bit >>> 6] & 1L << (bit & 63)) != 0;
    }
}
