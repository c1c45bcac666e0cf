package io.jigress.waf;

/// The values that rules with the same targets and transformations examine, computed once for all of them.
final class View {
    final Candidates candidates;
    int[] transformed = new int[16];
    /// The indices of the candidates in which the prefilter finds anything.
    int[] marked = new int[16];
    int markedCount;
    /// No transformed value is longer.
    int maxLength;
    /// The prefilter's results for the values, and perhaps for these before their transformation.
    final long[] marks;
    int epoch;

    View(int words, Candidates candidates) {
        this.candidates = candidates;
        marks = new long[words];
    }

    boolean canMatch(int bit) {
        return (marks[bit >>> 6] & 1L << (bit & 63)) != 0;
    }
}
