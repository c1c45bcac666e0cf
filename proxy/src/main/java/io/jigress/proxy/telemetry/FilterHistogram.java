package io.jigress.proxy.telemetry;

import io.jigress.api.Services;
import java.util.Arrays;

/// The distribution of a quantity, as the filters of one kind measure it on one loop. One thread records; any thread may read.
final class FilterHistogram implements Services.Histogram {
    private static final int MAX_BOUNDS = 32;

    private final double[] bounds;
    /// The last one counts what is greater than all bounds.
    private final long[] counts;
    private double sum;

    FilterHistogram(String name, double... bounds) {
        if (bounds.length == 0 || bounds.length > MAX_BOUNDS) {
            throw new IllegalArgumentException(name + ": " + bounds.length + " bounds (expected: 1 to " + MAX_BOUNDS + ")");
        }
        for (int i = 0; i < bounds.length; i++) {
            if (!Double.isFinite(bounds[i]) || i > 0 && bounds[i] <= bounds[i - 1]) {
                throw new IllegalArgumentException(
                        name + ": bounds " + Arrays.toString(bounds) + " (expected: ascending numbers)");
            }
        }
        this.bounds = bounds.clone();
        this.counts = new long[bounds.length + 1];
    }

    /// @throws IllegalStateException when it has other bounds
    FilterHistogram require(String name, double... expected) {
        if (!Arrays.equals(bounds, expected)) {
            throw new IllegalStateException(name + ": bounds " + Arrays.toString(expected) + " (expected: as before, "
                    + Arrays.toString(bounds) + ")");
        }
        return this;
    }

    @Override
    public void record(double value) {
        int bucket = 0;
        while (bucket < bounds.length && value > bounds[bucket]) {
            bucket++;
        }
        counts[bucket]++;
        sum += value;
    }

    /// Without numbers, to add others to.
    FilterHistogram empty() {
        return new FilterHistogram("", bounds);
    }

    /// Histograms of one name have the same bounds, unless loops were asked for it with different ones: such a one is left out.
    void addTo(FilterHistogram total) {
        if (Arrays.equals(bounds, total.bounds)) {
            for (int i = 0; i < counts.length; i++) {
                total.counts[i] += counts[i];
            }
            total.sum += sum;
        }
    }

    int buckets() {
        return counts.length;
    }

    /// The greatest value that a bucket counts; infinite for the last one.
    double bound(int bucket) {
        return bucket < bounds.length ? bounds[bucket] : Double.POSITIVE_INFINITY;
    }

    long count(int bucket) {
        return counts[bucket];
    }

    double sum() {
        return sum;
    }
}
