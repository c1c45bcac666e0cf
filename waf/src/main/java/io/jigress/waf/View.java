package io.jigress.waf;

/// The values that rules with the same targets and transformations examine, computed once for all of them.
final class View {
    final Candidates candidates = new Candidates();
    int[] transformed = new int[16];
    /// The length of the longest transformed value.
    int maxLength;
    /// The union of the prefilter's results for the values.
    final long[] marks;
    int epoch;

    View(int words) {
        marks = new long[words];
    }

    boolean canMatch(int bit) {
        return (marks[bit >>> 6] & 1L << (bit & 63)) != 0;
    }
}
