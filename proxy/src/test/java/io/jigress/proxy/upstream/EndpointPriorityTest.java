package io.jigress.proxy.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import io.jigress.api.ProxyFailure;
import io.jigress.api.ProxyFailure.Kind;
import io.jigress.api.ProxyFailure.Origin;
import io.jigress.config.Endpoint;
import io.jigress.config.EndpointRef;
import io.jigress.config.LoadBalancing;
import io.jigress.config.OutlierDetection;
import io.jigress.proxy.loop.Loop;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Endpoints of a further priority take the place of those before, while these are ejected, and get retries. Endpoints are told by their ports.
@Timeout(30)
class EndpointPriorityTest {
    private static final ProxyFailure TIMEOUT = new ProxyFailure(Kind.UPSTREAM_TIMEOUT, Origin.UPSTREAM, false,
            "attempt_timeout");

    private final Rig rig = new Rig(1);

    @AfterEach
    void close() {
        rig.close();
    }

    private static Endpoint near(int port) {
        return Rig.weighted(port, 1);
    }

    private static Endpoint far(int port) {
        return Rig.weighted(port, 1).after(1);
    }

    private Map<Integer, Integer> picks(Function<Loop, @Nullable UpstreamEndpoint> pick) {
        return rig.run(0, () -> {
            Map<Integer, Integer> byPort = new TreeMap<>();
            for (int i = 0; i < 200; i++) {
                UpstreamEndpoint picked = pick.apply(rig.loops.getFirst());
                byPort.merge(picked == null ? 0 : picked.endpoint().port(), 1, Integer::sum);
            }
            return byPort;
        });
    }

    private Map<Integer, Integer> picks(Upstream upstream) {
        return picks(loop -> upstream.pick(loop, null));
    }

    private static UpstreamEndpoint endpoint(Upstream upstream, int port) {
        return upstream.endpoints().entries().stream().filter(entry -> entry.endpoint().port() == port).findFirst().orElseThrow();
    }

    private void fail(Upstream upstream, int port) {
        rig.run(0, () -> {
            for (int i = 0; i < 5; i++) {
                upstream.failed(endpoint(upstream, port), rig.loops.getFirst(), TIMEOUT);
            }
            return "";
        });
    }

    private void answer(Upstream upstream, int port) {
        rig.run(0, () -> {
            upstream.answered(endpoint(upstream, port), rig.loops.getFirst(), 200);
            return "";
        });
    }

    @ParameterizedTest
    @EnumSource
    void theFirstPriorityGetsAllRequests(LoadBalancing balancing) {
        Upstream upstream = rig.fixed(balancing, far(3), near(1), near(2), far(4));
        assertThat(picks(upstream).keySet()).containsExactly(1, 2);
    }

    @Test
    void withoutAnyOfTheFirstPriorityThatTakesRequestsTheNextOneGetsThem() {
        assertThat(picks(rig.fixed(LoadBalancing.ROUND_ROBIN, Rig.weighted(1, 0), far(3), near(9).after(7))).keySet())
                .containsExactly(3);
    }

    @ParameterizedTest
    @EnumSource
    void aRetryLeavesTheFirstPriorityWhenItHasNoOther(LoadBalancing balancing) {
        Upstream one = rig.fixed(balancing, near(1), far(3), far(4));
        assertThat(picks(loop -> one.pick(loop, endpoint(one, 1))).keySet()).containsExactly(3, 4);
        assertThat(picks(loop -> one.pickBeside(loop, endpoint(one, 1))).keySet()).containsExactly(3, 4);
        Upstream two = rig.fixed(balancing, near(1), near(2), far(3));
        assertThat(picks(loop -> two.pick(loop, endpoint(two, 1))).keySet()).containsExactly(2);
        assertThat(picks(loop -> two.pickFurther(loop, endpoint(two, 2))).keySet()).as("a further one").containsExactly(3);
    }

    @Test
    void withOnePriorityAFurtherRetryIsLikeTheFirst() {
        Upstream upstream = rig.fixed(LoadBalancing.ROUND_ROBIN, near(1), near(2));
        assertThat(picks(loop -> upstream.pickFurther(loop, endpoint(upstream, 1))).keySet()).containsExactly(2);
    }

    @Test
    void allOfTheFirstPriorityMayBeEjectedAndTheNextTakesTheirPlace() {
        Upstream upstream = rig.fixed(LoadBalancing.ROUND_ROBIN, near(1), near(2), far(3));
        fail(upstream, 1);
        assertThat(picks(upstream).keySet()).containsExactly(2);
        fail(upstream, 2);
        assertThat(picks(upstream).keySet()).containsExactly(3);
        fail(upstream, 3);
        assertThat(picks(upstream).keySet()).as("all fail, so that all get requests").containsExactly(1, 2);
        answer(upstream, 3);
        assertThat(picks(upstream).keySet()).containsExactly(3);
    }

    @Test
    void theFirstPriorityIsProbedAndGetsTheRequestsAgainWhenItAnswers() {
        Upstream upstream = rig.fixed(LoadBalancing.ROUND_ROBIN, near(1), far(3));
        fail(upstream, 1);
        assertThat(picks(upstream)).isEqualTo(Map.of(3, 200));
        rig.setAhead(Duration.ofSeconds(11));
        assertThat(picks(upstream)).isEqualTo(Map.of(1, OutlierDetector.PROBES, 3, 200 - OutlierDetector.PROBES));
        answer(upstream, 1);
        assertThat(picks(upstream)).isEqualTo(Map.of(1, 200));
    }

    @Test
    void ofTheLastPriorityTheShareOfTheRuleMayBeEjected() {
        Upstream upstream = rig.fixed(LoadBalancing.ROUND_ROBIN, near(1), far(3), far(4));
        fail(upstream, 1);
        fail(upstream, 3);
        assertThat(picks(upstream).keySet()).containsExactly(4);
        fail(upstream, 4);
        assertThat(picks(upstream).keySet()).as("all fail").containsExactly(1);
    }

    @Test
    void aRuleThatEjectsNoneEjectsNoneOfTheFirstPriority() {
        Upstream upstream = rig.fixed(new OutlierDetection(5, 0, Duration.ofSeconds(10), Duration.ofMinutes(5), 0), near(1),
                far(3));
        fail(upstream, 1);
        assertThat(picks(upstream)).isEqualTo(Map.of(1, 200));
    }

    @Test
    void whenTheNextPriorityGoesAwayTheEjectedOnesAreTakenBack() {
        String name = "default/cart:http";
        Upstream upstream = rig.upstreams.acquire(
                Rig.cluster(new EndpointRef.Named("kubernetes", name), LoadBalancing.ROUND_ROBIN, Rig.LIMITS));
        rig.push(name, near(1), near(2), far(3));
        fail(upstream, 1);
        fail(upstream, 2);
        assertThat(picks(upstream).keySet()).containsExactly(3);
        rig.push(name, near(1), near(2));
        assertThat(picks(upstream).keySet()).as("all fail").containsExactly(1, 2);
        rig.push(name, near(1), near(2), far(3));
        assertThat(picks(upstream)).as("one is ejected still").hasSize(1).doesNotContainKey(3);
    }
}
