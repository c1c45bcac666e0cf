package io.jigress.sentinel;

import static org.assertj.core.api.Assertions.assertThat;

import io.jigress.api.FilterDecision;
import io.jigress.sentinel.engine.SentinelEngine;
import io.jigress.testkit.FilterTester;
import io.jigress.testkit.TestExchange;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Rules whose numbers are at their bounds, and rules that contradict each other.
class ExtremeRulesTest {
    private static final long SEED = 20;
    private static final String ROUTE = "HTTPRoute default/shop rule 0";
    private static final List<String> NUMBERS = List.of("0", "1", "2", "3", "1000", "86400", "60000", "1000000000", "0.5",
            "4.9e-324",
            "0.999999999", "-1", "1e400", "1e9");

    private final SentinelFactory factory = SentinelFactory.of(new SentinelEngine(), RuleFeed.NONE);
    private SentinelClock clock;

    @BeforeEach
    void stopTheClock() {
        clock = SentinelClock.stop();
    }

    @AfterEach
    void letTheClockGo() {
        clock.close();
    }

    /// Sentinel's own controllers would refuse every request, or admit every one.
    @ParameterizedTest
    @CsvSource({"1, 1", "0.1, 10", "3, 1", "0.5, 3"})
    void aWarmUpOfFewTokensLimitsAsWritten(double count, int seconds) {
        String rule = "{'flowRules': [{'resource': '" + ROUTE + "', 'count': " + count + ", 'warmUpPeriodSec': " + seconds
                + ", 'controlBehavior': ";
        FilterTester rejects = FilterTester.start(factory, rule + "1}]}");
        FilterTester queues = FilterTester.start(factory, rule + "3, 'maxQueueingTimeMs': 1}]}");
        long rejecting = 0;
        long queueing = 0;
        for (int second = 0; second < 30; second++) {
            rejecting += admitted(rejects, 5);
            queueing += admitted(queues, 5);
            clock.advance(rejects, Duration.ofSeconds(1));
            queues.advance(Duration.ofSeconds(1));
        }
        assertThat(queueing).isBetween(1L, (long) Math.ceil(30 * count));
        // A count below 1 admits none in any second.
        assertThat(rejecting).isBetween(count < 1 ? 0L : 10L, (long) Math.ceil(30 * count));
    }

    @Test
    void ofRulesThatContradictEachOtherTheStrictestDecides() {
        FilterTester tester = FilterTester.start(factory, "{'callerHeader': 'x-app', 'flowRules': [{'resource': '" + ROUTE
                + "', 'count': 1000}, {'resource': '" + ROUTE + "', 'count': 2}], 'authorityRules': [{'resource': '" + ROUTE
                + "', 'limitApp': 'a,b', 'strategy': 0}, {'resource': '" + ROUTE + "', 'limitApp': 'a', 'strategy': 1}]}");
        assertThat(passes(tester.exchange("GET", "/", "x-app: a").route(ROUTE))).as("allowed and denied").isFalse();
        assertThat(passes(tester.exchange("GET", "/", "x-app: c").route(ROUTE))).as("not allowed").isFalse();
        assertThat(IntStream.range(0, 5).filter(_ -> passes(tester.exchange("GET", "/", "x-app: b").route(ROUTE))).count())
                .isEqualTo(2);
    }

    @Test
    @Tag("suite")
    void rulesOfAnyNumbersThatAreAcceptedDecide() {
        Random random = new Random(SEED);
        int accepted = 0;
        for (int round = 0; round < 5_000; round++) {
            String rules = switch (random.nextInt(4)) {
                case 0 -> list(random, "flowRules", "count", "warmUpPeriodSec", "maxQueueingTimeMs");
                case 1 -> list(random, "gatewayFlowRules", "count", "intervalSec", "burst", "maxQueueingTimeoutMs");
                case 2 -> list(random, "degradeRules", "count", "timeWindow", "minRequestAmount", "statIntervalMs",
                        "slowRatioThreshold");
                default -> "{'systemRules': [{'qps': " + number(random) + ", 'avgRt': " + number(random) + ", 'maxThread': "
                        + number(random) + "}]}";
            };
            if (!FilterTester.issues(factory, rules).isEmpty()) {
                continue;
            }
            accepted++;
            FilterTester tester = FilterTester.start(factory, rules);
            for (int i = 0; i < 10; i++) {
                TestExchange exchange = tester.exchange("GET", "/").route(ROUTE);
                assertThat(exchange.requestHead()).as(rules).isInstanceOfAny(FilterDecision.Continue.class,
                        FilterDecision.Reply.class, FilterDecision.Wait.class);
                exchange.respond(random.nextBoolean() ? 200 : 500);
                exchange.complete();
                clock.advance(tester, Duration.ofMillis(random.nextInt(2_000)));
            }
            tester.close();
        }
        assertThat(accepted).isGreaterThan(100);
    }

    private static String list(Random random, String kind, String... fields) {
        StringBuilder rule = new StringBuilder("{'" + kind + "': [{'resource': '" + ROUTE + "', 'grade': ")
                .append(random.nextInt(3));
        if (!kind.startsWith("degrade")) {
            rule.append(", 'controlBehavior': ").append(random.nextInt(4));
        }
        for (String field : fields) {
            rule.append(", '").append(field).append("': ").append(number(random));
        }
        return rule.append("}]}").toString();
    }

    private static String number(Random random) {
        return NUMBERS.get(random.nextInt(NUMBERS.size()));
    }

    private static long admitted(FilterTester tester, int requests) {
        return IntStream.range(0, requests).filter(_ -> {
            TestExchange exchange = tester.exchange("GET", "/").route(ROUTE);
            boolean passes = passes(exchange);
            if (passes) {
                exchange.complete();
            }
            return passes;
        }).count();
    }

    private static boolean passes(TestExchange exchange) {
        return exchange.requestHead().equals(FilterDecision.CONTINUE);
    }
}
