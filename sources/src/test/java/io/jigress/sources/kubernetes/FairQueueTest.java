package io.jigress.sources.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;

import io.jigress.control.ResourceKey;
import java.util.List;
import org.junit.jupiter.api.Test;

class FairQueueTest {
    private final FairQueue queue = new FairQueue();

    private static ResourceKey route(String namespace, int number) {
        return new ResourceKey("gateway.networking.k8s.io", "HTTPRoute", namespace, "r" + number);
    }

    /// With 20 statuses in a second, 10,000 of one namespace would delay all others by eight minutes.
    @Test
    void manyObjectsOfOneNamespaceDoNotDelayThoseOfAnother() {
        for (int i = 0; i < 10_000; i++) {
            queue.add(route("many", i));
        }
        queue.take(20);
        queue.add(route("shop", 1));
        queue.add(route("shop", 2));
        assertThat(queue.take(4)).containsExactly(route("many", 20), route("shop", 1), route("many", 21), route("shop", 2));
    }

    @Test
    void eachIsTakenOnceInItsOrder() {
        assertThat(queue.add(route("a", 1))).isTrue();
        assertThat(queue.add(route("a", 1))).isFalse();
        queue.add(route("a", 2));
        assertThat(queue.take(5)).isEqualTo(List.of(route("a", 1), route("a", 2)));
        assertThat(queue.isEmpty()).isTrue();
        assertThat(queue.take(5)).isEmpty();
    }
}
