package io.jigress.proxy.telemetry;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.junit.jupiter.api.Test;

final class DurationHistogramTest {

    @Test
    void bucketIsTheFirstWhoseBoundIsNotLess() {
        for (int bucket = 0; bucket < DurationHistogram.BOUNDS; bucket++) {
            long bound = DurationHistogram.boundNanos(bucket);
            for (long nanos : new long[] {bound - 1, bound, bound + 1}) {
                assertThat(DurationHistogram.bucket(nanos)).as("%d ns", nanos).isEqualTo(naive(nanos));
            }
        }
        Random random = new Random(1);
        for (int i = 0; i < 200_000; i++) {
            long nanos = random.nextLong() >>> 1 + random.nextInt(62);
            assertThat(DurationHistogram.bucket(nanos)).as("%d ns", nanos).isEqualTo(naive(nanos));
        }
        assertThat(DurationHistogram.bucket(0)).isZero();
        assertThat(DurationHistogram.bucket(Long.MAX_VALUE)).isEqualTo(DurationHistogram.BOUNDS);
    }

    @Test
    void boundsReachFrom50MicrosecondsPastAMinuteWithTwoPerOctave() {
        assertThat(DurationHistogram.boundNanos(0)).isEqualTo(50_000);
        assertThat(DurationHistogram.boundNanos(1)).isEqualTo(75_000);
        assertThat(DurationHistogram.boundNanos(DurationHistogram.BOUNDS - 1)).isBetween(60_000_000_000L, 80_000_000_000L);
        for (int bucket = 2; bucket < DurationHistogram.BOUNDS; bucket++) {
            assertThat(DurationHistogram.boundNanos(bucket)).isEqualTo(2 * DurationHistogram.boundNanos(bucket - 2));
        }
    }

    @Test
    void sumsAndCountsAdd() {
        DurationHistogram sum = new DurationHistogram();
        DurationHistogram one = new DurationHistogram();
        one.record(50_000);
        one.record(Long.MAX_VALUE / 4);
        one.addTo(sum);
        one.addTo(sum);
        assertThat(sum.count(0)).isEqualTo(2);
        assertThat(sum.count(DurationHistogram.BOUNDS)).isEqualTo(2);
        assertThat(sum.sumNanos()).isEqualTo(2 * (50_000 + Long.MAX_VALUE / 4));
    }

    private static int naive(long nanos) {
        int bucket = 0;
        while (bucket < DurationHistogram.BOUNDS && DurationHistogram.boundNanos(bucket) < nanos) {
            bucket++;
        }
        return bucket;
    }
}
