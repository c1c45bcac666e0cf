package io.jigress.proxy.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import io.jigress.api.Json;
import io.jigress.api.ProxyFailure;
import io.jigress.api.ProxyFailure.Kind;
import io.jigress.api.ProxyFailure.Origin;
import io.jigress.config.ConnectionLimits;
import io.jigress.config.Endpoint;
import io.jigress.config.EndpointRef;
import io.jigress.config.LoadBalancing;
import io.jigress.config.OutlierDetection;
import io.jigress.proxy.loop.Loop;
import io.jigress.testkit.TestUpstream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Endpoints that fail repeatedly get no requests for a while. Connections are real; other outcomes are reported as an attempt would.
@Timeout(30)
class OutlierDetectionTest {
    private static final EndpointRef CART = new EndpointRef.Named("kubernetes", "default/cart:http");
    private static final ProxyFailure TIMEOUT = new ProxyFailure(Kind.UPSTREAM_TIMEOUT, Origin.UPSTREAM, false,
            "attempt_timeout");
    private static final ProxyFailure RESET = new ProxyFailure(Kind.UPSTREAM_RESET, Origin.UPSTREAM, true, "closed");
    private static final OutlierDetection ERRORS = new OutlierDetection(5, 3, Duration.ofSeconds(10), Duration.ofMinutes(5), 50);

    private final Rig rig = new Rig(2);

    @AfterEach
    void close() {
        rig.close();
    }

    // ---- which failures eject

    @ParameterizedTest
    @EnumSource
    void fiveConnectsInARowThatFailEjectForTenSeconds(LoadBalancing balancing) throws IOException {
        Upstream upstream = rig.fixed(balancing, Rig.weighted(closedPort(), 4), Rig.weighted(2, 1), Rig.weighted(3, 1));
        failConnections(upstream, 0, 4);
        assertThat(picks(upstream, 200)).as("after four").hasSize(3);
        failConnections(upstream, 0, 1);
        assertThat(picks(upstream, 200).keySet()).as("after five").containsExactly(2, 3);
        rig.setAhead(Duration.ofSeconds(9));
        assertThat(picks(upstream, 200)).as("after nine seconds").hasSize(2);
        rig.setAhead(Duration.ofMillis(10_500));
        assertThat(picks(upstream, 200)).as("tried again").hasSize(3);
    }

    @Test
    void oneConnectThatManyRequestsWaitForIsOneFailure() throws IOException {
        Upstream upstream = rig.fixed(LoadBalancing.ROUND_ROBIN, Rig.weighted(closedPort(), 1), Rig.weighted(2, 1));
        UpstreamEndpoint closed = endpoint(upstream, 0);
        List<TestRequest> requests = rig.run(0, () -> List.of(0, 1, 2, 3, 4, 5, 6).stream().map(_ -> {
            TestRequest request = new TestRequest();
            rig.pools.getFirst().acquire(upstream, closed, false, request);
            return request;
        }).toList());
        requests.forEach(request -> assertThat(request.result()).startsWith("CONNECT_FAILED"));
        assertThat(health(upstream, 0).state()).isEqualTo(EndpointHealth.State.HEALTHY);
    }

    @Test
    void anEndpointIsFoundByItsAddressUnlessItIsEjectedOrHasNoWeight() {
        Upstream upstream = rig.fixed(LoadBalancing.ROUND_ROBIN, Rig.weighted(1, 1), Rig.weighted(2, 1), Rig.weighted(3, 0));
        assertThat(found(upstream, 1)).isSameAs(endpoint(upstream, 0));
        assertThat(found(upstream, 3)).as("without weight").isNull();
        assertThat(found(upstream, 4)).as("of no endpoint").isNull();
        assertThat(facts(upstream)).containsExactly("1 healthy", "2 healthy", "3");
        fail(upstream, 0, TIMEOUT, 5);
        assertThat(found(upstream, 1)).as("ejected").isNull();
        assertThat(facts(upstream)).containsExactly("1", "2 healthy", "3");
        rig.setAhead(Duration.ofMillis(10_500));
        for (int i = 0; i < OutlierDetector.PROBES; i++) {
            assertThat(found(upstream, 1)).as("probed").isSameAs(endpoint(upstream, 0));
        }
        assertThat(found(upstream, 1)).as("probed often enough").isNull();
        fail(upstream, 0, TIMEOUT, 1);
        fail(upstream, 1, TIMEOUT, 5);
        assertThat(found(upstream, 1)).as("all fail").isSameAs(endpoint(upstream, 0));
    }

    private @Nullable UpstreamEndpoint found(Upstream upstream, int port) {
        return rig.run(0, () -> Optional.ofNullable(
                upstream.find(rig.loops.getFirst(), new InetSocketAddress(InetAddress.getLoopbackAddress(), port)))).orElse(null);
    }

    private List<String> facts(Upstream upstream) {
        return rig.run(0, () -> upstream.facts(rig.loops.getFirst()).stream()
                .map(each -> each.address().getPort() + (each.healthy() ? " healthy" : "")).toList());
    }

    @Test
    void anAnswerInBetweenBeginsTheCountAnew() {
        Upstream upstream = rig.fixed(LoadBalancing.ROUND_ROBIN, Rig.weighted(1, 1), Rig.weighted(2, 1));
        fail(upstream, 0, TIMEOUT, 4);
        answer(upstream, 0, 500);
        fail(upstream, 0, TIMEOUT, 4);
        assertThat(picks(upstream, 100)).hasSize(2);
        fail(upstream, 0, RESET, 1);
        assertThat(picks(upstream, 100).keySet()).containsExactly(2);
    }

    @Test
    void aConnectionThatIsMadeIsNoAnswer() throws IOException {
        try (TestUpstream mute = TestUpstream.start(call -> {})) {
            Upstream upstream = rig.fixed(LoadBalancing.ROUND_ROBIN, Rig.weighted(mute.port(), 1), Rig.weighted(2, 1));
            for (int i = 0; i < 5; i++) {
                TestRequest request = rig.send(0, upstream, endpoint(upstream, 0), false);
                mute.awaitHeads(i + 1);
                rig.run(0, () -> {
                    request.call().cancel();
                    upstream.failed(endpoint(upstream, 0), rig.loops.getFirst(), TIMEOUT);
                    return "";
                });
            }
            assertThat(picks(upstream, 100).keySet()).containsExactly(2);
            assertThat(health(upstream, 0).reason()).isEqualTo("attempt_timeout");
        }
    }

    @Test
    void failuresThatAreNotTheEndpointsDoNotCount() {
        Upstream upstream = rig.fixed(LoadBalancing.ROUND_ROBIN, Rig.weighted(1, 1), Rig.weighted(2, 1));
        fail(upstream, 0, new ProxyFailure(Kind.UPSTREAM_RESET, Origin.GATEWAY, false, "protocol_failed"), 10);
        fail(upstream, 0, new ProxyFailure(Kind.CLIENT_GONE, Origin.CLIENT, false, "client_closed"), 10);
        fail(upstream, 0, new ProxyFailure(Kind.CONNECT_FAILED, Origin.UPSTREAM, true, "counted_by_the_pool"), 10);
        assertThat(picks(upstream, 100)).hasSize(2);
    }

    /// Hedging: a later attempt for the same request was answered.
    @Test
    void anEndpointThatIsOvertakenForASecondIsEjectedAndOneThatPausesIsNot() {
        Upstream upstream = rig.fixed(LoadBalancing.ROUND_ROBIN, Rig.weighted(1, 1), Rig.weighted(2, 1));
        for (int i = 0; i < 5; i++) {
            assertThat(picks(upstream, 100)).as("after %s quarters of a second", i).hasSize(2);
            rig.setAhead(Duration.ofMillis(10_000 + 260 * i));
            overtake(upstream, 0, 20);
        }
        assertThat(picks(upstream, 100).keySet()).containsExactly(2);
        assertThat(health(upstream, 0).reason()).isEqualTo("attempt_timeout");
        rig.setAhead(Duration.ofSeconds(22));
        assertThat(picks(upstream, 100)).as("probed").hasSize(2);
        overtake(upstream, 0, 1);
        assertThat(picks(upstream, 100).keySet()).as("overtaken again").containsExactly(2);
    }

    @Test
    void noSecondAttemptGoesBesideToAnEndpointThatIsEjectedOrProbed() {
        Upstream upstream = rig.fixed(LoadBalancing.ROUND_ROBIN, Rig.weighted(1, 1), Rig.weighted(2, 1));
        UpstreamEndpoint healthy = endpoint(upstream, 1);
        assertThat(beside(upstream, healthy)).isEqualTo(endpoint(upstream, 0).text());
        fail(upstream, 0, TIMEOUT, 5);
        assertThat(beside(upstream, healthy)).isEqualTo("null");
        rig.setAhead(Duration.ofSeconds(11));
        assertThat(beside(upstream, healthy)).isEqualTo("null");
        answer(upstream, 0, 200);
        assertThat(beside(upstream, healthy)).isEqualTo(endpoint(upstream, 0).text());
    }

    private String beside(Upstream upstream, UpstreamEndpoint first) {
        return rig.run(0, () -> {
            UpstreamEndpoint picked = upstream.pickBeside(rig.loops.getFirst(), first);
            return picked == null ? "null" : picked.text();
        });
    }

    private void overtake(Upstream upstream, int index, int times) {
        rig.run(0, () -> {
            for (int i = 0; i < times; i++) {
                upstream.overtaken(endpoint(upstream, index), rig.loops.getFirst(), TIMEOUT);
            }
            return "";
        });
    }

    @Test
    void responsesWithAnErrorStatusEjectOnlyWhereThatIsAskedFor() {
        Upstream upstream = rig.fixed(ERRORS, Rig.weighted(1, 1), Rig.weighted(2, 1));
        Upstream standard = rig.fixed(LoadBalancing.ROUND_ROBIN, Rig.weighted(1, 1), Rig.weighted(2, 1));
        for (int i = 0; i < 3; i++) {
            answer(upstream, 0, 503);
            answer(standard, 0, 503);
        }
        assertThat(picks(upstream, 100).keySet()).containsExactly(2);
        assertThat(picks(standard, 100)).hasSize(2);
        assertThat(health(upstream, 0).reason()).isEqualTo("status_503");
    }

    @Test
    void aLimitOfZeroMeansNever() {
        OutlierDetection never = new OutlierDetection(0, 0, Duration.ofSeconds(10), Duration.ofMinutes(5), 50);
        OutlierDetection none = new OutlierDetection(5, 5, Duration.ofSeconds(10), Duration.ofMinutes(5), 0);
        for (OutlierDetection rule : List.of(never, none)) {
            Upstream upstream = rig.fixed(rule, Rig.weighted(1, 1), Rig.weighted(2, 1));
            fail(upstream, 0, TIMEOUT, 20);
            assertThat(picks(upstream, 100)).hasSize(2);
        }
    }

    // ---- how many

    @Test
    void neverMoreThanHalfAndOneOfTwoOrThree() {
        Map<Integer, Integer> left = new TreeMap<>();
        for (int count : List.of(1, 2, 3, 4, 5, 9)) {
            Upstream upstream = rig.fixed(LoadBalancing.ROUND_ROBIN,
                    IntStream.rangeClosed(1, count).mapToObj(port -> Rig.weighted(port, 1))
                            .toArray(Endpoint[]::new));
            // All but the last, which never fails.
            for (int i = 0; i < count - 1; i++) {
                fail(upstream, i, TIMEOUT, 5);
            }
            left.put(count, picks(upstream, 200).size());
        }
        assertThat(left).isEqualTo(Map.of(1, 1, 2, 1, 3, 2, 4, 2, 5, 3, 9, 5));
    }

    @Test
    void neverTheLast() {
        OutlierDetection all = new OutlierDetection(5, 0, Duration.ofSeconds(10), Duration.ofMinutes(5), 100);
        Upstream upstream = rig.fixed(all, Rig.weighted(1, 1), Rig.weighted(2, 1), Rig.weighted(3, 0));
        fail(upstream, 0, TIMEOUT, 5);
        assertThat(picks(upstream, 100).keySet()).containsExactly(2);
        fail(upstream, 1, TIMEOUT, 20);
        assertThat(health(upstream, 1).state()).isEqualTo(EndpointHealth.State.FAILING);
    }

    @ParameterizedTest
    @EnumSource
    void whileAllAreFailingAllArePicked(LoadBalancing balancing) throws IOException {
        Upstream upstream = rig.fixed(balancing, Rig.weighted(closedPort(), 1), Rig.weighted(closedPort(), 1));
        failConnections(upstream, 0, 5);
        failConnections(upstream, 1, 5);
        assertThat(picks(upstream, 100)).hasSize(2);
        answer(upstream, 1, 200);
        assertThat(picks(upstream, 100)).as("one answers: the other is left out").hasSize(1);
    }

    @Test
    void whileAllAreFailingAnAnswerOfAnEjectedEndpointTakesItBack() {
        Upstream upstream = rig.fixed(LoadBalancing.ROUND_ROBIN, Rig.weighted(1, 1), Rig.weighted(2, 1));
        fail(upstream, 0, TIMEOUT, 5);
        answer(upstream, 0, 200);
        assertThat(picks(upstream, 100).keySet()).as("an answer to what was sent before").containsExactly(2);
        fail(upstream, 1, TIMEOUT, 5);
        answer(upstream, 0, 200);
        fail(upstream, 1, TIMEOUT, 1);
        assertThat(picks(upstream, 100).keySet()).containsExactly(1);
    }

    @Test
    void theOthersKeepTheirWeights() {
        Upstream upstream = rig.fixed(LoadBalancing.ROUND_ROBIN, Rig.weighted(1, 5), Rig.weighted(2, 10), Rig.weighted(3, 30));
        fail(upstream, 0, TIMEOUT, 5);
        assertThat(picks(upstream, 400)).isEqualTo(Map.of(2, 100, 3, 300));
    }

    @Test
    void anAttemptThatMustAvoidTheOnlyOtherEndpointGoesToAnEjectedOne() {
        Upstream upstream = rig.fixed(LoadBalancing.ROUND_ROBIN, Rig.weighted(1, 1), Rig.weighted(2, 1));
        fail(upstream, 0, TIMEOUT, 5);
        UpstreamEndpoint other = endpoint(upstream, 1);
        UpstreamEndpoint picked = rig.run(0, () -> upstream.pick(rig.loops.getFirst(), other));
        assertThat(picked.endpoint().port()).isEqualTo(1);
    }

    @Test
    void oneEventLoopEjectsForAll() {
        Upstream upstream = rig.fixed(LoadBalancing.ROUND_ROBIN, Rig.weighted(1, 1), Rig.weighted(2, 1));
        for (int i = 0; i < 5; i++) {
            int loop = i % 2;
            rig.run(loop, () -> {
                upstream.failed(endpoint(upstream, 0), rig.loops.get(loop), TIMEOUT);
                return "";
            });
        }
        for (int loop = 0; loop < 2; loop++) {
            assertThat(picks(loop, upstream, 100).keySet()).containsExactly(2);
        }
    }

    // ---- the return

    @Test
    void anEndpointWhoseEjectionIsOverTakesThreeRequestsUntilOneIsAnswered() {
        Upstream upstream = rig.fixed(LoadBalancing.ROUND_ROBIN, Rig.weighted(1, 1), Rig.weighted(2, 1), Rig.weighted(3, 1));
        fail(upstream, 0, TIMEOUT, 5);
        rig.setAhead(Duration.ofMillis(10_500));
        Map<Integer, Integer> picks = picks(upstream, 150);
        assertThat(picks.get(1)).isEqualTo(OutlierDetector.PROBES);
        assertThat(health(upstream, 0).state()).isEqualTo(EndpointHealth.State.PROBED);
        answer(upstream, 0, 200);
        assertThat(picks(upstream, 150).get(1)).isEqualTo(50);
    }

    @Test
    void probesOfWhichNothingIsHeardAreRepeatedAfterTheEjectionTime() {
        Upstream upstream = rig.fixed(LoadBalancing.ROUND_ROBIN, Rig.weighted(1, 1), Rig.weighted(2, 1));
        fail(upstream, 0, TIMEOUT, 5);
        rig.setAhead(Duration.ofMillis(10_500));
        assertThat(picks(upstream, 100).get(1)).isEqualTo(OutlierDetector.PROBES);
        rig.setAhead(Duration.ofSeconds(20));
        assertThat(picks(upstream, 100).keySet()).containsExactly(2);
        rig.setAhead(Duration.ofSeconds(21));
        assertThat(picks(upstream, 100).get(1)).isEqualTo(OutlierDetector.PROBES);
    }

    @Test
    void oneFailureOfAnEndpointThatIsProbedEjectsItForLonger() throws IOException {
        Upstream upstream = rig.fixed(LoadBalancing.ROUND_ROBIN, Rig.weighted(closedPort(), 1), Rig.weighted(2, 1));
        failConnections(upstream, 0, 5);
        long ahead = 0;
        for (int ejection = 1; ejection <= 40; ejection++) {
            long seconds = Math.min(300, 10L * ejection);
            assertThat(picks(upstream, 20)).as("ejection %s", ejection).hasSize(1);
            rig.setAhead(Duration.ofMillis(ahead + seconds * 1000 - 500));
            assertThat(picks(upstream, 20)).as("shortly before the end of ejection %s", ejection).hasSize(1);
            ahead += seconds * 1000 + 500;
            rig.setAhead(Duration.ofMillis(ahead));
            assertThat(picks(upstream, 20)).as("at the end of ejection %s", ejection).hasSize(2);
            failConnections(upstream, 0, 1);
        }
    }

    @Test
    void timeInHealthMakesTheNextEjectionShorter() {
        Upstream upstream = rig.fixed(LoadBalancing.ROUND_ROBIN, Rig.weighted(1, 1), Rig.weighted(2, 1));
        fail(upstream, 0, TIMEOUT, 5);
        long ahead = 11;
        for (int again = 2; again <= 4; again++) {
            rig.setAhead(Duration.ofSeconds(ahead));
            picks(upstream, 10);
            fail(upstream, 0, TIMEOUT, 1);
            ahead += 10 * again + 1;
        }
        rig.setAhead(Duration.ofSeconds(ahead));
        picks(upstream, 10);
        answer(upstream, 0, 200);
        assertThat(health(upstream, 0).ejections()).isEqualTo(4);
        rig.setAhead(Duration.ofSeconds(ahead + 25));
        assertThat(health(upstream, 0).ejections()).isEqualTo(2);
        fail(upstream, 0, TIMEOUT, 5);
        assertThat(health(upstream, 0).ejections()).as("two that still count, and this one").isEqualTo(3);
    }

    @Test
    void afterHealthNothingIsRemembered() {
        Upstream upstream = rig.fixed(LoadBalancing.ROUND_ROBIN, Rig.weighted(1, 1), Rig.weighted(2, 1));
        fail(upstream, 0, TIMEOUT, 5);
        rig.setAhead(Duration.ofSeconds(11));
        picks(upstream, 10);
        answer(upstream, 0, 200);
        assertThat(upstream.outliers().quiet()).isFalse();
        rig.setAhead(Duration.ofSeconds(32));
        answer(upstream, 0, 200);
        assertThat(upstream.outliers().quiet()).isTrue();
    }

    // ---- changes

    @Test
    void anEditOfLimitsKeepsEjections() {
        Upstream before = rig.upstreams.acquire(Rig.cluster(CART, LoadBalancing.ROUND_ROBIN, Rig.LIMITS));
        rig.push("default/cart:http", Rig.weighted(1, 1), Rig.weighted(2, 1));
        fail(before, 0, TIMEOUT, 5);
        ConnectionLimits edited = new ConnectionLimits(Duration.ofSeconds(1), Duration.ofSeconds(1), 1, 1);
        Upstream after = rig.upstreams.acquire(Rig.cluster(CART, LoadBalancing.ROUND_ROBIN, edited));
        rig.upstreams.release(before);
        assertThat(picks(after, 10).keySet()).containsExactly(2);
        assertThat(rig.upstreams.ejected()).isEqualTo(Map.of("Service default/c:80", 1));
    }

    @Test
    void endpointsThatLeaveAreForgottenAndThoseThatStayRemainEjected() {
        Upstream upstream = rig.upstreams.acquire(Rig.cluster(CART, LoadBalancing.ROUND_ROBIN, Rig.LIMITS));
        rig.push("default/cart:http", Rig.weighted(1, 1), Rig.weighted(2, 1), Rig.weighted(3, 1), Rig.weighted(4, 1));
        UpstreamEndpoint first = endpoint(upstream, 0);
        fail(upstream, 0, TIMEOUT, 5);
        fail(upstream, 1, TIMEOUT, 5);
        rig.push("default/cart:http", Rig.weighted(2, 1), Rig.weighted(3, 1), Rig.weighted(4, 1));
        assertThat(picks(upstream, 10).keySet()).containsExactly(3, 4);
        rig.run(0, () -> {
            for (int i = 0; i < 10; i++) {
                upstream.failed(first, rig.loops.getFirst(), TIMEOUT);
            }
            return "";
        });
        assertThat(rig.upstreams.ejected()).isEqualTo(Map.of("Service default/c:80", 1));
        rig.push("default/cart:http", Rig.weighted(1, 1), Rig.weighted(3, 1), Rig.weighted(4, 1));
        assertThat(picks(upstream, 12)).isEqualTo(Map.of(1, 4, 3, 4, 4, 4));
        assertThat(upstream.outliers().quiet()).isTrue();
    }

    @Test
    void ofFewerEndpointsFewerAreEjected() {
        Upstream upstream = rig.upstreams.acquire(Rig.cluster(CART, LoadBalancing.ROUND_ROBIN, Rig.LIMITS));
        rig.push("default/cart:http", Rig.weighted(1, 1), Rig.weighted(2, 1), Rig.weighted(3, 1), Rig.weighted(4, 1));
        fail(upstream, 0, TIMEOUT, 5);
        fail(upstream, 1, TIMEOUT, 5);
        rig.push("default/cart:http", Rig.weighted(1, 1), Rig.weighted(2, 1), Rig.weighted(3, 1));
        assertThat(picks(upstream, 12)).hasSize(2).containsKey(3);
        rig.push("default/cart:http", Rig.weighted(1, 1), Rig.weighted(2, 1));
        assertThat(picks(upstream, 12)).as("both fail").hasSize(2);
        rig.push("default/cart:http", Rig.weighted(2, 1));
        assertThat(picks(upstream, 12)).hasSize(1);
    }

    // ---- what is seen

    @Test
    void peopleSeeWhatIsEjectedSinceAndUntilWhen() {
        Upstream upstream = rig.fixed(LoadBalancing.ROUND_ROBIN, Rig.weighted(1, 1), Rig.weighted(2, 1));
        assertThat(health(upstream, 0)).isEqualTo(EndpointHealth.HEALTHY);
        fail(upstream, 0, TIMEOUT, 5);
        Loop loop = rig.loops.getFirst();
        Instant wall = Instant.parse("2026-11-26T06:00:00Z");
        Json seen = Json.array(rig.upstreams.unhealthy(loop.nanoTime(), wall));
        assertThat(seen.toString()).contains("\"cluster\":\"c\"", "\"origin\":\"Service default/c:80\"",
                "\"address\":\"127.0.0.1:1\"", "\"state\":\"ejected\"", "\"reason\":\"attempt_timeout\"", "\"ejections\":1",
                "\"since\":\"2026-11-26T05:59:59.", "\"until\":\"2026-11-26T06:00:09.").doesNotContain("127.0.0.1:2");
    }

    @Test
    void metricsCountEjectionsByReasonAndTellWhatIsEjectedNow() throws IOException {
        rig.metrics.ejected(rig.upstreams::ejected);
        Upstream upstream = rig.fixed(ERRORS, Rig.weighted(closedPort(), 1), Rig.weighted(2, 1), Rig.weighted(3, 1),
                Rig.weighted(4, 1));
        assertThat(rig.metrics.text()).doesNotContain("endpoints_ejected{");
        failConnections(upstream, 0, 5);
        for (int i = 0; i < 3; i++) {
            answer(upstream, 1, 502);
        }
        assertThat(rig.metrics.text()).contains(
                "jigress_endpoint_ejections_total{cluster=\"Service default/c:80\",reason=\"connect_failed\"} 1",
                "jigress_endpoint_ejections_total{cluster=\"Service default/c:80\",reason=\"error_status\"} 1",
                "jigress_endpoints_ejected{cluster=\"Service default/c:80\"} 2");
        rig.setAhead(Duration.ofSeconds(11));
        picks(upstream, 10);
        answer(upstream, 0, 200);
        answer(upstream, 1, 200);
        assertThat(rig.metrics.text()).contains("jigress_endpoints_ejected{cluster=\"Service default/c:80\"} 0");
    }

    @Test
    void theLogTakesTwentyLinesInTenSeconds() {
        EjectionLog log = new EjectionLog();
        int taken = 0;
        for (int i = 0; i < 100; i++) {
            taken += log.admit(i) ? 1 : 0;
        }
        assertThat(taken).isEqualTo(EjectionLog.LINES);
        assertThat(log.admit(EjectionLog.PERIOD_NANOS)).isTrue();
        assertThat(log.omissions()).contains("80 more");
        assertThat(log.omissions()).isEmpty();
    }

    // ---- means

    private Map<Integer, Integer> picks(Upstream upstream, int count) {
        return picks(0, upstream, count);
    }

    private Map<Integer, Integer> picks(int loop, Upstream upstream, int count) {
        return rig.run(loop, () -> {
            Map<Integer, Integer> byPort = new TreeMap<>();
            for (int i = 0; i < count; i++) {
                UpstreamEndpoint picked = upstream.pick(rig.loops.get(loop), null);
                byPort.merge(picked == null ? 0 : picked.endpoint().port(), 1, Integer::sum);
            }
            return byPort;
        });
    }

    private static UpstreamEndpoint endpoint(Upstream upstream, int index) {
        return upstream.endpoints().entries().get(index);
    }

    private void fail(Upstream upstream, int index, ProxyFailure failure, int times) {
        rig.run(0, () -> {
            for (int i = 0; i < times; i++) {
                upstream.failed(endpoint(upstream, index), rig.loops.getFirst(), failure);
            }
            return "";
        });
    }

    private void answer(Upstream upstream, int index, int status) {
        rig.run(0, () -> {
            upstream.answered(endpoint(upstream, index), rig.loops.getFirst(), status);
            return "";
        });
    }

    private EndpointHealth health(Upstream upstream, int index) {
        return upstream.health(endpoint(upstream, index), rig.loops.getFirst().nanoTime(), Instant.EPOCH);
    }

    private void failConnections(Upstream upstream, int index, int times) {
        for (int i = 0; i < times; i++) {
            assertThat(rig.send(0, upstream, endpoint(upstream, index), false).result()).startsWith("CONNECT_FAILED");
        }
    }

    private static int closedPort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }
}
