package io.jigress.sources.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;

import io.jigress.control.ResourceKey;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class ContentionTest {
    private final Contention contention = new Contention();
    private long now = 1;

    private static ResourceKey route(int number) {
        return new ResourceKey("gateway.networking.k8s.io", "HTTPRoute", "a", "r" + number);
    }

    /// Writes as often as the pauses permit.
    private int writes(ResourceKey key, Duration time) {
        int writes = 0;
        for (long end = now + time.toNanos(); now < end; now += Duration.ofMillis(100).toNanos()) {
            if (contention.pause(key, now) == 0) {
                contention.written(key, now);
                writes++;
            }
        }
        return writes;
    }

    @Test
    void theFirstWritesAreNotDelayedAndTheLastAreAMinuteApart() {
        assertThat(writes(route(1), Duration.ofMillis(500))).isEqualTo(5);
        assertThat(writes(route(1), Duration.ofMinutes(5))).isBetween(5, 11);
        assertThat(writes(route(1), Duration.ofMinutes(10))).isBetween(9, 10);
        assertThat(contention.pause(route(2), now)).as("of another object").isZero();
    }

    @Test
    void theyAreNamedUntilTheyAreLeftAlone() {
        writes(route(1), Duration.ofSeconds(10));
        assertThat(contention.contended(now)).isEqualTo(route(1).toString());
        for (int i = 2; i < 8; i++) {
            writes(route(i), Duration.ofSeconds(10));
        }
        assertThat(contention.contended(now)).endsWith(" and 4 more");
        now += Duration.ofMinutes(3).toNanos();
        assertThat(contention.contended(now)).isEmpty();
        assertThat(contention.pause(route(1), now)).isZero();
    }
}
