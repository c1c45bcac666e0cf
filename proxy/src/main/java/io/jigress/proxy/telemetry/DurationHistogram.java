package io.jigress.proxy.telemetry;

/// A histogram of durations: two buckets per octave from 50 µs to 78.6 s, so that a quantile read from it is off by at most a quarter.
///
/// One thread records; any thread may read.
final class DurationHistogram {
    private static final int UNIT_NANOS = 25_000;
    /// Up to 60 s and the octave that holds it.
    static final int BOUNDS = 42;

    /// The last bucket counts durations longer than all bounds.
    private final long[] counts = new long[BOUNDS + 1];
    private long sumNanos;

    void record(long nanos) {
        counts[bucket(nanos)]++;
        sumNanos += nanos;
    }

    /// The first bucket whose bound is not less.
    static int bucket(long nanos) {
        // Bounds are 2·2^k and 3·2^k units: the exponent of the duration in units gives the octave, the bit behind it the half.
        long units = (nanos - 1) / UNIT_NANOS;
        if (units < 2) {
            return 0;
        }
        int exponent = 63 - Long.numberOfLeadingZeros(units);
        int half = (int) (units >>> exponent - 1) & 1;
        return Math.min(2 * exponent - 1 + half, BOUNDS);
    }

    /// The greatest duration that bucket counts.
    static long boundNanos(int bucket) {
        return bucket % 2 == 0 ? 2L * UNIT_NANOS << bucket / 2 : 3L * UNIT_NANOS << bucket / 2;
    }

    long count(int bucket) {
        return counts[bucket];
    }

    long sumNanos() {
        return sumNanos;
    }

    void addTo(DurationHistogram sum) {
        for (int i = 0; i < counts.length; i++) {
            sum.counts[i] += counts[i];
        }
        sum.sumNanos += sumNanos;
    }
}
