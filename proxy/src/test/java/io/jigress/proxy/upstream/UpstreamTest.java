package io.jigress.proxy.upstream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jigress.api.Json;
import io.jigress.config.Cluster;
import io.jigress.config.ConnectionLimits;
import io.jigress.config.Endpoint;
import io.jigress.config.EndpointRef;
import io.jigress.config.LoadBalancing;
import io.jigress.testkit.Reply;
import io.jigress.testkit.TestUpstream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@Timeout(30)
class UpstreamTest {
    private static final EndpointRef CART = new EndpointRef.Named("kubernetes", "default/cart:http");

    private final Rig rig = new Rig(1);

    @AfterEach
    void close() {
        rig.close();
    }

    private UpstreamEndpoint pick(Upstream upstream, UpstreamEndpoint... avoid) {
        return rig.run(0, () -> upstream.pick(rig.loops.getFirst(), avoid.length == 0 ? null : avoid[0]));
    }

    private Map<Integer, Integer> picks(Upstream upstream, int count) {
        Map<Integer, Integer> byPort = new TreeMap<>();
        for (int i = 0; i < count; i++) {
            byPort.merge(pick(upstream).endpoint().port(), 1, Integer::sum);
        }
        return byPort;
    }

    @Test
    void roundRobinGivesEachEndpointExactlyItsWeight() {
        Upstream upstream = rig.fixed(LoadBalancing.ROUND_ROBIN, Rig.weighted(1, 1), Rig.weighted(2, 2), Rig.weighted(3, 7),
                Rig.weighted(4, 0));
        assertThat(picks(upstream, 100)).isEqualTo(Map.of(1, 10, 2, 20, 3, 70));
    }

    @Test
    void roundRobinDoesNotSendWhatAHeavyEndpointGetsInOneGo() {
        Upstream upstream = rig.fixed(LoadBalancing.ROUND_ROBIN, Rig.weighted(1, 50), Rig.weighted(2, 50), Rig.weighted(3, 100));
        int run = 0;
        int longest = 0;
        int before = 0;
        for (int i = 0; i < 200; i++) {
            int port = pick(upstream).endpoint().port();
            run = port == before ? run + 1 : 1;
            before = port;
            longest = Math.max(longest, run);
        }
        assertThat(longest).isLessThanOrEqualTo(2);
    }

    @Test
    void roundRobinOfEqualsGoesRound() {
        Upstream upstream = rig.fixed(LoadBalancing.ROUND_ROBIN, Rig.weighted(1, 5), Rig.weighted(2, 5), Rig.weighted(3, 5));
        assertThat(picks(upstream, 3)).isEqualTo(Map.of(1, 1, 2, 1, 3, 1));
    }

    @Test
    void idleEndpointsGetTheirWeightByLeastRequestToo() {
        Upstream upstream = rig.fixed(LoadBalancing.LEAST_REQUEST, Rig.weighted(1, 1), Rig.weighted(2, 1), Rig.weighted(3, 2));
        Map<Integer, Integer> picks = picks(upstream, 4000);
        assertThat(picks.get(1)).isBetween(850, 1150);
        assertThat(picks.get(2)).isBetween(850, 1150);
        assertThat(picks.get(3)).isBetween(1800, 2200);
    }

    @Test
    void leastRequestAvoidsTheEndpointThatIsSlow() {
        CountDownLatch latch = new CountDownLatch(1);
        try (TestUpstream slow = TestUpstream.start(call -> call.await(latch).write(Reply.ok("slow")));
                TestUpstream quick = TestUpstream.answering(Reply.ok("quick"))) {
            Upstream upstream = rig.fixed(LoadBalancing.LEAST_REQUEST, Rig.weighted(slow.port(), 1),
                    Rig.weighted(quick.port(), 1));
            rig.send(0, upstream, upstream.endpoints().entries().getFirst(), false);
            slow.awaitHeads(1);
            for (int i = 0; i < 20; i++) {
                TestRequest request = rig.send(upstream);
                assertThat(request.result()).isEqualTo("200 quick");
            }
            latch.countDown();
        }
    }

    /// With two endpoints, all first attempts would go to the one that fails.
    @Test
    void furtherAttemptsTakeNoTurnOfTheRound() {
        Upstream upstream = rig.fixed(LoadBalancing.ROUND_ROBIN, Rig.weighted(1, 1), Rig.weighted(2, 1));
        Map<Integer, Integer> firsts = new TreeMap<>();
        for (int i = 0; i < 100; i++) {
            UpstreamEndpoint first = pick(upstream);
            firsts.merge(first.endpoint().port(), 1, Integer::sum);
            if (first.endpoint().port() == 1) {
                assertThat(pick(upstream, first).endpoint().port()).isEqualTo(2);
            }
        }
        assertThat(firsts).isEqualTo(Map.of(1, 50, 2, 50));
    }

    @ParameterizedTest
    @EnumSource
    void endpointToAvoidIsTakenOnlyIfThereIsNoOther(LoadBalancing balancing) {
        Upstream two = rig.fixed(balancing, Rig.weighted(1, 1000), Rig.weighted(2, 1));
        UpstreamEndpoint heavy = two.endpoints().entries().getFirst();
        for (int i = 0; i < 50; i++) {
            assertThat(pick(two, heavy).endpoint().port()).isEqualTo(2);
        }
        Upstream one = rig.fixed(balancing, Rig.weighted(1, 1), Rig.weighted(2, 0));
        assertThat(pick(one, one.endpoints().entries().getFirst()).endpoint().port()).isEqualTo(1);
    }

    @ParameterizedTest
    @EnumSource
    void nothingIsPickedWhereNothingTakesRequests(LoadBalancing balancing) {
        assertThat(rig.run(0, () -> rig.fixed(balancing).pick(rig.loops.getFirst(), null) == null)).isTrue();
        assertThat(rig.run(0, () -> rig.fixed(balancing, Rig.weighted(1, 0)).pick(rig.loops.getFirst(), null) == null)).isTrue();
    }

    @Test
    void endpointsComeAndGoWithoutAConfigurationChange() {
        Upstream upstream = rig.upstreams.acquire(Rig.cluster(CART, LoadBalancing.ROUND_ROBIN, Rig.LIMITS));
        assertThat(upstream.endpoints().known()).isFalse();

        rig.push("default/cart:http", Rig.weighted(1, 1), Rig.weighted(2, 1));
        assertThat(upstream.endpoints().known()).isTrue();
        UpstreamEndpoint second = upstream.endpoints().entries().getLast();

        rig.push("default/cart:http", Rig.weighted(2, 1), Rig.weighted(3, 1));
        assertThat(picks(upstream, 4)).isEqualTo(Map.of(2, 2, 3, 2));
        assertThat(upstream.endpoints().entries().getFirst()).isSameAs(second);

        rig.push("default/cart:http");
        assertThat(upstream.endpoints().known()).isTrue();
        assertThat(upstream.endpoints().isEmpty()).isTrue();

        rig.upstreams.release(upstream);
        assertThat(rig.watched("default/cart:http")).isFalse();
    }

    @Test
    void whoWaitsForOtherEndpointsHearsOnceAndNotAfterTheRelease() {
        Upstream upstream = rig.upstreams.acquire(Rig.cluster(CART, LoadBalancing.ROUND_ROBIN, Rig.LIMITS));
        Upstream other = rig.upstreams.acquire(
                Rig.cluster(CART, LoadBalancing.LEAST_REQUEST, Rig.LIMITS));
        EndpointSet unknown = upstream.endpoints();
        List<String> heard = new ArrayList<>();
        upstream.whenOther(unknown, () -> heard.add("superseded"));
        upstream.whenOther(unknown, () -> heard.add("first"));
        other.whenOther(unknown, () -> heard.add("released"));
        assertThat(heard).isEmpty();

        rig.upstreams.release(other);
        rig.push("default/cart:http", Rig.weighted(1, 1));
        assertThat(heard).containsExactly("first");
        rig.push("default/cart:http", Rig.weighted(2, 1));
        assertThat(heard).containsExactly("first");

        upstream.whenOther(unknown, () -> heard.add("at once"));
        assertThat(heard).containsExactly("first", "at once");
    }

    @Test
    void equalConfigurationIsOneUpstreamAndAnEditOfLimitsKnowsItsEndpointsAtOnce() {
        Upstream before = rig.upstreams.acquire(Rig.cluster(CART, LoadBalancing.ROUND_ROBIN, Rig.LIMITS));
        assertThat(rig.upstreams.acquire(Rig.cluster(CART, LoadBalancing.ROUND_ROBIN, Rig.LIMITS))).isSameAs(before);
        rig.push("default/cart:http", Rig.weighted(1, 1));
        ConnectionLimits edited = new ConnectionLimits(Duration.ofSeconds(1), Duration.ofSeconds(1), 1, 1);
        Upstream after = rig.upstreams.acquire(Rig.cluster(CART, LoadBalancing.ROUND_ROBIN, edited));
        assertThat(after).isNotSameAs(before);
        rig.upstreams.release(before);
        rig.upstreams.release(before);
        assertThat(after.endpoints().known()).isTrue();
        assertThat(rig.watched("default/cart:http")).isTrue();
        rig.upstreams.release(after);
        assertThat(rig.watched("default/cart:http")).isFalse();
        assertThat(rig.upstreams.size()).isZero();
    }

    @Test
    void protocolThatNobodySpeaksIsRefused() {
        Cluster cluster = new Cluster("c", "", "smtp", Json.object().build(), CART, LoadBalancing.ROUND_ROBIN, Rig.LIMITS);
        assertThat(rig.upstreams.fault(cluster)).contains("smtp", "http1");
        assertThatThrownBy(() -> rig.upstreams.acquire(cluster)).hasMessageContaining("smtp").hasMessageContaining("http1");
    }

    @Test
    void addressOfVersionSixIsWrittenInBrackets() {
        Upstream upstream = rig.fixed(Rig.LIMITS, Endpoint.of("::1", 80), Endpoint.of("not an address", 80));
        assertThat(upstream.endpoints().entries()).singleElement().hasToString("[::1]:80");
    }
}
