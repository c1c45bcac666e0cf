package io.jigress.sentinel;

import static org.assertj.core.api.Assertions.assertThat;

import io.jigress.api.FilterDecision;
import io.jigress.api.HeaderName;
import io.jigress.api.LocalReply;
import io.jigress.api.ReplyBody;
import io.jigress.sentinel.engine.SentinelEngine;
import io.jigress.testkit.FilterTester;
import io.jigress.testkit.TestExchange;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Phaser;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

class SentinelFilterTest {
    private static final String ROUTE = "HTTPRoute default/shop rule 0";

    private final SentinelEngine engine = new SentinelEngine();
    private final SentinelFactory factory = SentinelFactory.of(engine, RuleFeed.NONE);
    private SentinelClock clock;

    @BeforeEach
    void stopTheClock() {
        clock = SentinelClock.stop();
    }

    @AfterEach
    void letTheClockGo() {
        clock.close();
    }

    @Test
    void aFlowRuleLimitsTheRequestsOfASecond() {
        FilterTester tester = start("{'flowRules': [{'resource': '" + ROUTE + "', 'count': 2}]}");
        assertThat(admitted(tester, 5)).isEqualTo(2);
        clock.advance(tester, Duration.ofMillis(900));
        assertThat(admitted(tester, 5)).isZero();
        clock.advance(tester, Duration.ofMillis(200));
        assertThat(admitted(tester, 5)).isEqualTo(2);
        assertThat(tester.services().counted("refused_flow")).isEqualTo(11);
    }

    @Test
    void aRuleIsForARouteForItsObjectOrForEveryRequest() {
        FilterTester tester = start(
                "{'resource': 'everything', 'flowRules': [{'count': 4}, {'resource': 'HTTPRoute default/shop', "
                        + "'count': 3}, {'resource': '" + ROUTE + "', 'count': 1}]}");
        assertThat(admitted(tester, 5)).isEqualTo(1);
        assertThat(IntStream.range(0, 5).filter(_ -> passes(tester.exchange("GET", "/").route("HTTPRoute default/shop rule 1")))
                .count()).isEqualTo(2);
        assertThat(IntStream.range(0, 5).filter(_ -> passes(tester.exchange("GET", "/").route("other"))).count()).isEqualTo(1);
    }

    @Test
    void aRequestOfARouteWithoutRulesIsNotCounted() {
        FilterTester tester = start("{'flowRules': [{'resource': 'other', 'count': 0}]}");
        assertThat(admitted(tester, 5)).isEqualTo(5);
    }

    @Test
    void requestsInFlightAreLimited() {
        FilterTester tester = start("{'flowRules': [{'resource': '" + ROUTE + "', 'grade': 0, 'count': 2}]}");
        TestExchange first = exchange(tester);
        assertThat(passes(first)).isTrue();
        assertThat(passes(exchange(tester))).isTrue();
        assertThat(passes(exchange(tester))).isFalse();
        first.respond(200);
        first.complete();
        assertThat(passes(exchange(tester))).isTrue();
        assertThat(passes(exchange(tester))).isFalse();
    }

    @Test
    void queueingIsAWaitAndNotASleep() {
        FilterTester tester = start("{'flowRules': [{'resource': '" + ROUTE
                + "', 'count': 10, 'controlBehavior': 2, 'maxQueueingTimeMs': 250}]}");
        assertThat(exchange(tester).requestHead()).isEqualTo(FilterDecision.CONTINUE);
        TestExchange second = exchange(tester);
        assertThat(second.requestHead()).isInstanceOf(FilterDecision.Wait.class);
        TestExchange third = exchange(tester);
        assertThat(third.requestHead()).isInstanceOf(FilterDecision.Wait.class);
        assertThat(passes(exchange(tester))).isFalse();
        tester.advance(Duration.ofMillis(100));
        assertThat(second.awaitResumed()).isEqualTo(FilterDecision.CONTINUE);
        tester.advance(Duration.ofMillis(100));
        assertThat(third.awaitResumed()).isEqualTo(FilterDecision.CONTINUE);
        assertThat(tester.services().counted("queued")).isEqualTo(2);
    }

    @Test
    void warmingUpAdmitsAThirdAtFirst() {
        FilterTester tester = start("{'flowRules': [{'resource': '" + ROUTE
                + "', 'count': 90, 'controlBehavior': 'warmUp', 'warmUpPeriodSec': 10}]}");
        assertThat(admitted(tester, 200)).isBetween(28L, 32L);
        for (int second = 0; second < 20; second++) {
            clock.advance(tester, Duration.ofSeconds(1));
            admitted(tester, 200);
        }
        clock.advance(tester, Duration.ofSeconds(1));
        assertThat(admitted(tester, 200)).isEqualTo(90);
    }

    @Test
    void warmingUpWithAQueueSpacesRequestsWiderAtFirst() {
        FilterTester tester = start("{'flowRules': [{'resource': '" + ROUTE
                + "', 'count': 100, 'controlBehavior': 'warmUpQueue', 'warmUpPeriodSec': 10, 'maxQueueingTimeMs': 1000}]}");
        assertThat(exchange(tester).requestHead()).isEqualTo(FilterDecision.CONTINUE);
        TestExchange second = exchange(tester);
        assertThat(second.requestHead()).isInstanceOf(FilterDecision.Wait.class);
        tester.advance(Duration.ofMillis(28));
        assertThat(tester.services().pendingTimers()).isEqualTo(1);
        tester.advance(Duration.ofMillis(4));
        assertThat(second.awaitResumed()).isEqualTo(FilterDecision.CONTINUE);
    }

    @Test
    void aRuleMayLookAtAnotherResourceOrAtOneRouteOfAGroup() {
        FilterTester related = start(
                "{'flowRules': [{'resource': '" + ROUTE + "', 'count': 1, 'strategy': 1, 'refResource': 'pay'}]}");
        assertThat(passes(exchange(related))).isTrue();
        assertThat(passes(exchange(related))).isTrue();
        assertThat(passes(related.exchange("GET", "/").route("pay"))).isTrue();
        assertThat(passes(exchange(related))).isFalse();

        FilterTester chain = start(
                "{'apiDefinitions': [{'apiName': 'api', 'predicateItems': [{'pattern': '/api/**', 'matchStrategy': 1}]}],"
                        + " 'flowRules': [{'resource': 'api', 'count': 1, 'strategy': 'chain', 'refResource': '" + ROUTE
                        + "'}]}");
        assertThat(passes(chain.exchange("GET", "/api/a").route(ROUTE))).isTrue();
        assertThat(passes(chain.exchange("GET", "/api/a").route(ROUTE))).isFalse();
        assertThat(passes(chain.exchange("GET", "/api/a").route("other"))).isTrue();
    }

    @Test
    void callersHaveRulesOfTheirOwn() {
        FilterTester tester = start("{'callerHeader': 'X-App', 'flowRules': [{'resource': '" + ROUTE
                + "', 'count': 1, 'limitApp': 'a'}, {'resource': '" + ROUTE + "', 'count': 2, 'limitApp': 'other'}]}");
        assertThat(IntStream.range(0, 5).filter(_ -> passes(tester.exchange("GET", "/", "x-app: a").route(ROUTE))).count())
                .isEqualTo(1);
        assertThat(IntStream.range(0, 5).filter(_ -> passes(tester.exchange("GET", "/", "x-app: b").route(ROUTE))).count())
                .isEqualTo(2);
        assertThat(IntStream.range(0, 5).filter(_ -> passes(tester.exchange("GET", "/", "x-app: c").route(ROUTE))).count())
                .as("shares with b").isZero();
        assertThat(admitted(tester, 5)).as("without a caller").isEqualTo(5);
    }

    @Test
    void authorityRulesAllowOrDenyCallers() {
        FilterTester allow = start(
                "{'callerHeader': 'x-app', 'authorityRules': [{'resource': '" + ROUTE + "', 'limitApp': 'a, b'}]}");
        assertThat(passes(allow.exchange("GET", "/", "x-app: b").route(ROUTE))).isTrue();
        assertThat(allow.exchange("GET", "/", "x-app: c").route(ROUTE).reply().status()).isEqualTo(403);
        FilterTester deny = start(
                "{'callerHeader': 'x-app', 'authorityRules': [{'resource': '" + ROUTE
                        + "', 'limitApp': 'a', 'strategy': 'deny'}]}");
        assertThat(deny.exchange("GET", "/", "x-app: a").route(ROUTE).reply().reason()).isEqualTo("sentinel_authority");
        assertThat(passes(deny.exchange("GET", "/", "x-app: c").route(ROUTE))).isTrue();
    }

    @Test
    void gatewayRulesLimitEachValueOfAParameter() {
        FilterTester tester = start("{'gatewayFlowRules': [{'resource': '" + ROUTE + "', 'count': 2, 'intervalSec': 60,"
                + "'paramItem': {'parseStrategy': 2, 'fieldName': 'X-User'},"
                + "'paramFlowItemList': [{'object': 'boss', 'count': 4, 'classType': 'java.lang.String'}]}]}");
        assertThat(user(tester, "ann", 5)).isEqualTo(2);
        assertThat(user(tester, "bob", 5)).isEqualTo(2);
        assertThat(user(tester, "boss", 5)).isEqualTo(4);
        assertThat(admitted(tester, 5)).as("without the header").isEqualTo(5);
        clock.advance(tester, Duration.ofMillis(60_001));
        assertThat(user(tester, "ann", 5)).isEqualTo(2);
        assertThat(tester.services().counted("refused_parameter")).isEqualTo(10);
    }

    @Test
    void parametersAreReadFromEveryPartOfARequest() {
        for (List<String> parts : List.of(List.of("{'parseStrategy': 0}", "/", "a: b"),
                List.of("{'parseStrategy': 1}", "/", "host: x"),
                List.of("{'parseStrategy': 'query', 'fieldName': 'u s'}", "/?a=1&u+s=%31", "a: b"),
                List.of("{'parseStrategy': 'cookie', 'fieldName': 'u'}", "/", "cookie: au=1; u=2"),
                List.of("{'parseStrategy': 2, 'fieldName': 'u', 'pattern': 'a.', 'matchStrategy': 2}", "/", "u: ab"))) {
            FilterTester tester = start(
                    "{'gatewayFlowRules': [{'resource': '" + ROUTE + "', 'count': 1, 'paramItem': " + parts.getFirst() + "}]}");
            assertThat(IntStream.range(0, 3)
                    .filter(_ -> passes(tester.exchange("GET", parts.get(1), parts.get(2)).from("10.0.0.1").route(ROUTE)))
                    .count())
                    .as("%s", parts).isEqualTo(1);
            TestExchange other = tester.exchange("GET", "/?u+s=2", "host: y", "cookie: u=3", "u: bb").from("10.0.0.2")
                    .route(ROUTE);
            assertThat(passes(other)).as("%s", parts).isTrue();
        }
    }

    @Test
    void gatewayRulesQueueAndCountRequestsInFlight() {
        FilterTester queue = start("{'gatewayFlowRules': [{'resource': '" + ROUTE
                + "', 'count': 10, 'controlBehavior': 2, 'maxQueueingTimeoutMs': 150, 'paramItem': {'parseStrategy': 2, 'fieldName': 'u'}}]}");
        assertThat(queue.exchange("GET", "/", "u: a").route(ROUTE).requestHead()).isEqualTo(FilterDecision.CONTINUE);
        assertThat(queue.exchange("GET", "/", "u: a").route(ROUTE).requestHead()).isInstanceOf(FilterDecision.Wait.class);
        assertThat(passes(queue.exchange("GET", "/", "u: a").route(ROUTE))).isFalse();
        assertThat(queue.exchange("GET", "/", "u: b").route(ROUTE).requestHead()).isEqualTo(FilterDecision.CONTINUE);

        FilterTester threads = start("{'gatewayFlowRules': [{'resource': '" + ROUTE
                + "', 'grade': 0, 'count': 1, 'paramItem': {'parseStrategy': 2, 'fieldName': 'u'}}]}");
        TestExchange first = threads.exchange("GET", "/", "u: a").route(ROUTE);
        assertThat(passes(first)).isTrue();
        assertThat(passes(threads.exchange("GET", "/", "u: a").route(ROUTE))).isFalse();
        assertThat(passes(threads.exchange("GET", "/", "u: b").route(ROUTE))).isTrue();
        first.complete();
        assertThat(passes(threads.exchange("GET", "/", "u: a").route(ROUTE))).isTrue();
    }

    @Test
    void anApiGroupIsAResourceOfItsPaths() {
        FilterTester tester = start("{'apiDefinitions': [{'apiName': 'orders', 'predicateItems': [{'pattern': '/exact'},"
                + "{'pattern': '/orders/**', 'matchStrategy': 1}, {'pattern': '/v[0-9]/orders', 'matchStrategy': 'regex'}]}],"
                + "'gatewayFlowRules': [{'resource': 'orders', 'resourceMode': 1, 'count': 3, 'intervalSec': 3600}]}");
        assertThat(passes(tester.exchange("GET", "/exact?a=b"))).isTrue();
        assertThat(passes(tester.exchange("GET", "/orders/1"))).isTrue();
        assertThat(passes(tester.exchange("GET", "/v2/orders"))).isTrue();
        for (String path : List.of("/exact", "/orders", "/orders/a/b", "/v1/orders")) {
            assertThat(passes(tester.exchange("GET", path))).as(path).isFalse();
        }
        for (String path : List.of("/exact/", "/ordersx", "/v12/orders")) {
            assertThat(passes(tester.exchange("GET", path))).as(path).isTrue();
        }
    }

    @Test
    void aBreakerOpensForErrorsAndClosesAfterAProbe() {
        FilterTester tester = start("{'degradeRules': [{'resource': '" + ROUTE
                + "', 'grade': 1, 'count': 0.5, 'timeWindow': 10, 'minRequestAmount': 4}]}");
        for (int i = 0; i < 4; i++) {
            request(tester, i == 0 ? 200 : 502);
        }
        assertThat(exchange(tester).reply().status()).isEqualTo(503);
        clock.advance(tester, Duration.ofSeconds(10));
        TestExchange probe = exchange(tester);
        assertThat(passes(probe)).isTrue();
        assertThat(passes(exchange(tester))).as("half-open").isFalse();
        probe.respond(500);
        probe.complete();
        assertThat(passes(exchange(tester))).as("open again").isFalse();
        clock.advance(tester, Duration.ofSeconds(10));
        request(tester, 200);
        request(tester, 200);
        assertThat(tester.services().counted("refused_degrade")).isEqualTo(3);
    }

    @Test
    void aBreakerOpensForSlowRequestsAndForANumberOfErrors() {
        FilterTester slow = start("{'degradeRules': [{'resource': '" + ROUTE
                + "', 'grade': 0, 'count': 100, 'slowRatioThreshold': 0.5, 'timeWindow': 10, 'minRequestAmount': 2}]}");
        TestExchange first = exchange(slow);
        TestExchange second = exchange(slow);
        assertThat(passes(first) && passes(second)).isTrue();
        clock.advance(slow, Duration.ofMillis(101));
        first.respond(200);
        first.complete();
        second.respond(200);
        second.complete();
        assertThat(passes(exchange(slow))).isFalse();

        FilterTester errors = start(
                "{'degradeRules': [{'resource': 'errors', 'grade': 'errorCount', 'count': 1, 'timeWindow': 10, 'minRequestAmount': 2}]}");
        for (int i = 0; i < 2; i++) {
            TestExchange exchange = errors.exchange("GET", "/").route("errors");
            assertThat(passes(exchange)).isTrue();
            exchange.respond(503);
            exchange.complete();
        }
        assertThat(passes(errors.exchange("GET", "/").route("errors"))).isFalse();
    }

    @Test
    void aProbeThatAnotherRuleRefusesLeavesTheBreakerOpen() {
        FilterTester tester = start(
                "{'resource': 'all', 'flowRules': [{'grade': 0, 'count': 1}], 'degradeRules': [{'resource': '" + ROUTE
                        + "', 'grade': 2, 'count': 0, 'timeWindow': 10, 'minRequestAmount': 1}]}");
        request(tester, 500);
        clock.advance(tester, Duration.ofSeconds(10));
        TestExchange holder = tester.exchange("GET", "/").route("other");
        assertThat(passes(holder)).isTrue();
        assertThat(exchange(tester).reply().reason()).isEqualTo("sentinel_flow");
        holder.complete();
        TestExchange probe = exchange(tester);
        assertThat(passes(probe)).as("the next probe").isTrue();
    }

    @Test
    void systemRulesLimitAllRequestsTogether() {
        FilterTester tester = start("{'systemRules': [{'qps': 3}, {'maxThread': 1}]}");
        List<TestExchange> open = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            TestExchange exchange = tester.exchange("GET", "/").route("r" + i);
            if (passes(exchange)) {
                open.add(exchange);
            }
        }
        // As in Sentinel: refused when more than maxThread are in flight already.
        assertThat(open).hasSize(2);
        open.forEach(TestExchange::complete);
        assertThat(passes(exchange(tester))).isTrue();
        assertThat(exchange(tester).reply().reason()).isEqualTo("sentinel_system");
    }

    @Test
    void systemRulesLimitTheResponseTime() {
        FilterTester tester = start("{'systemRules': [{'avgRt': 100}]}");
        TestExchange slow = exchange(tester);
        assertThat(passes(slow)).isTrue();
        clock.advance(tester, Duration.ofMillis(101));
        slow.complete();
        assertThat(exchange(tester).reply().reason()).isEqualTo("sentinel_system");
        clock.advance(tester, Duration.ofSeconds(2));
        assertThat(passes(exchange(tester))).as("the slow request is forgotten").isTrue();
    }

    @Test
    void systemRulesLimitTheCpu() {
        FilterTester tester = start("{'systemRules': [{'highestCpuUsage': 0}]}");
        long end = System.nanoTime() + Duration.ofSeconds(30).toNanos();
        boolean refused = false;
        while (!refused) {
            assertThat(System.nanoTime() - end).as("this loop uses CPU time").isNegative();
            tester.advance(Duration.ofSeconds(1));
            refused = !passes(exchange(tester));
        }
        assertThat(exchange(tester).reply().status()).isEqualTo(503);
    }

    @Test
    void loadAndCpuAreMeasuredOnceASecond() {
        FilterTester tester = start("{'systemRules': [{'highestCpuUsage': 1, 'highestSystemLoad': 1000000}]}");
        assertThat(tester.services().pendingTimers()).isEqualTo(1);
        assertThat(passes(exchange(tester))).isTrue();
        tester.close();
        assertThat(tester.services().pendingTimers()).isZero();
    }

    @Test
    void theAnswerIsThatOfTheRuleElseOfAllRules() {
        FilterTester tester = start("{'fallback': {'status': 503, 'headers': {'Retry-After': '1'}}, 'flowRules': ["
                + "{'resource': 'a', 'count': 0}, {'resource': 'b', 'count': 0, 'fallback': {'status': 200, 'body': '{\"items\": []}'}},"
                + "{'resource': 'c', 'count': 0, 'fallback': {'redirect': 'https://busy.example/'}}]}");
        LocalReply a = tester.exchange("GET", "/").route("a").reply();
        assertThat(a.status()).isEqualTo(503);
        assertThat(a.headers()).containsExactly(Map.entry(HeaderName.RETRY_AFTER, "1"));
        LocalReply b = tester.exchange("GET", "/").route("b").reply();
        assertThat(b.status()).isEqualTo(200);
        assertThat(b.body()).isInstanceOfSatisfying(ReplyBody.Whole.class,
                body -> assertThat(new String(body.bytes(), StandardCharsets.UTF_8)).isEqualTo("{\"items\": []}"));
        assertThat(b.headers()).containsExactly(Map.entry(HeaderName.CONTENT_TYPE, "application/json"));
        LocalReply c = tester.exchange("GET", "/").route("c").reply();
        assertThat(c.status()).isEqualTo(302);
        assertThat(c.headers()).containsExactly(Map.entry(HeaderName.LOCATION, "https://busy.example/"));
    }

    @Test
    void countersSurviveAChangeOfOtherRules() {
        String kept = "{'resource': '" + ROUTE + "', 'count': 2, 'intervalSec': 60}";
        FilterTester before = start("{'gatewayFlowRules': [" + kept + "]}");
        assertThat(admitted(before, 1)).isEqualTo(1);
        FilterTester after = start("{'gatewayFlowRules': [" + kept + ", {'resource': 'other', 'count': 1}]}");
        before.close();
        assertThat(admitted(after, 5)).isEqualTo(1);
        assertThat(engine.rules()).isEqualTo(2);
        after.close();
        assertThat(engine.rules()).isZero();
        assertThat(engine.resources()).isZero();
    }

    @Test
    @Tag("suite")
    void aThousandASecondOverTwoLoopsAreThirtyThousandInHalfAMinute() throws InterruptedException {
        FilterTester one = start("{'flowRules': [{'resource': '" + ROUTE + "', 'count': 1000}]}");
        FilterTester two = one.anotherLoop();
        AtomicInteger admitted = new AtomicInteger();
        int milliseconds = 35_000;
        Phaser phaser = new Phaser(2) {
            @Override
            protected boolean onAdvance(int phase, int parties) {
                clock.advance(Duration.ofMillis(1));
                return phase + 1 >= milliseconds;
            }
        };
        Thread other = Thread.ofPlatform().start(() -> offer(two, 0, phaser, admitted, milliseconds));
        offer(one, 1, phaser, admitted, milliseconds);
        other.join();
        assertThat(admitted.get()).isBetween(30_000 - 600, 30_000 + 600);
    }

    /// Three requests each millisecond over two loops; those of the first five seconds do not count.
    private void offer(FilterTester loop, int number, Phaser phaser, AtomicInteger admitted, int milliseconds) {
        for (int at = 0; at < milliseconds; at++) {
            for (int i = 0; i < 3; i++) {
                if ((i + at) % 2 != number) {
                    continue;
                }
                TestExchange exchange = exchange(loop);
                if (passes(exchange)) {
                    exchange.complete();
                    if (at >= 5_000) {
                        admitted.incrementAndGet();
                    }
                }
            }
            phaser.arriveAndAwaitAdvance();
        }
    }

    private FilterTester start(String config) {
        return FilterTester.start(factory, config);
    }

    private static TestExchange exchange(FilterTester tester) {
        return tester.exchange("GET", "/").route(ROUTE);
    }

    private static void request(FilterTester tester, int status) {
        TestExchange exchange = exchange(tester);
        assertThat(passes(exchange)).isTrue();
        exchange.respond(status);
        exchange.complete();
    }

    private static long admitted(FilterTester tester, int requests) {
        return IntStream.range(0, requests).filter(_ -> {
            TestExchange exchange = exchange(tester);
            boolean passes = passes(exchange);
            if (passes) {
                exchange.complete();
            }
            return passes;
        }).count();
    }

    private static long user(FilterTester tester, String user, int requests) {
        return IntStream.range(0, requests).filter(_ -> passes(tester.exchange("GET", "/", "x-user: " + user).route(ROUTE)))
                .count();
    }

    private static boolean passes(TestExchange exchange) {
        return exchange.requestHead().equals(FilterDecision.CONTINUE);
    }
}
