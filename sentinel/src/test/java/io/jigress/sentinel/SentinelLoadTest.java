package io.jigress.sentinel;

import static org.assertj.core.api.Assertions.assertThat;

import com.alibaba.csp.sentinel.slots.block.flow.param.ParameterMetric;
import com.alibaba.csp.sentinel.slots.block.flow.param.ParameterMetricStorage;
import com.alibaba.csp.sentinel.slots.statistic.cache.CacheMap;
import io.jigress.api.FilterDecision;
import io.jigress.api.HttpFilter;
import io.jigress.api.Json;
import io.jigress.api.JsonReader;
import io.jigress.api.PreparedFilter;
import io.jigress.sentinel.engine.SentinelEngine;
import io.jigress.testkit.FilterTester;
import io.jigress.testkit.ManualServices;
import io.jigress.testkit.TestExchange;
import java.lang.reflect.Field;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// Many rules, many values, many changes.
class SentinelLoadTest {
    private static final int MOST_VALUES = 4_000;

    private final SentinelEngine engine = new SentinelEngine();
    private final FilterTester exchanges = FilterTester.start(SentinelFactory.of(new SentinelEngine(), RuleFeed.NONE), "{}");

    /// A data id under the test's control.
    private static final class Pushed implements RuleFeed {
        private final AtomicReference<Function<Json, List<String>>> listener = new AtomicReference<>();

        @Override
        public Subscription follow(Text text, Function<Json, List<String>> follower) {
            listener.set(follower);
            return () -> {};
        }

        List<String> push(Json rules) {
            return listener.get().apply(rules);
        }
    }

    @Test
    void rulesForMoreThanFiveThousandResourcesAreRefusedAndThoseBeforeStay() throws Exception {
        JsonReader reader = JsonReader.of("", Json.object().put("flowRules", flow(10_000, 0)).build());
        SentinelFactory.ofChecks().parse(reader);
        assertThat(reader.report()).singleElement().extracting(JsonReader.Issue::what)
                .isEqualTo("has rules for 10000 resources");

        Pushed pushed = new Pushed();
        PreparedFilter prepared = prepared(pushed);
        // With the one of the configuration itself.
        assertThat(pushed.push(flow(4_999, 0))).isEmpty();
        assertThat(engine.resources()).isEqualTo(5_000);
        assertThat(pushed.push(flow(10_000, 1_000_000))).singleElement().asString().contains("rules for 10001 resources");
        assertThat(engine.resources()).isEqualTo(5_000);
        HttpFilter filter = prepared.create(new ManualServices());
        assertThat(filter.onRequestHead(exchange("r4998"))).as("the count is 0").isInstanceOf(FilterDecision.Reply.class);
        prepared.close();
        assertThat(engine.resources()).isZero();
    }

    @Test
    void valuesOfAParameterAreBounded() {
        FilterTester tester = FilterTester.start(SentinelFactory.of(engine, RuleFeed.NONE),
                "{'resource': 'flooded', 'gatewayFlowRules': ["
                        + "{'count': 1, 'paramItem': {'parseStrategy': 2, 'fieldName': 'u'}},"
                        + "{'grade': 0, 'count': 1000000, 'paramItem': {'parseStrategy': 2, 'fieldName': 'u'}},"
                        + "{'count': 1000000, 'controlBehavior': 2, 'paramItem': {'parseStrategy': 2, 'fieldName': 'u'}}]}");
        for (int i = 0; i < 5 * MOST_VALUES; i++) {
            TestExchange exchange = tester.exchange("GET", "/", "u: " + "v".repeat(500) + i);
            exchange.requestHead();
            // The requests stay in flight.
        }
        int found = 0;
        for (int number = 0; number < 10_000; number++) {
            String name = "flooded#" + number;
            ParameterMetric metric = ParameterMetricStorage.getParamMetricForResource(name);
            if (metric != null) {
                found++;
                assertThat(values(metric)).as(name).isLessThanOrEqualTo(MOST_VALUES);
            }
        }
        assertThat(found).isEqualTo(3);
    }

    /// The most values of one map of a metric.
    private static long values(ParameterMetric metric) {
        long most = 0;
        for (Field field : ParameterMetric.class.getDeclaredFields()) {
            if (Map.class.isAssignableFrom(field.getType())) {
                field.setAccessible(true);
                try {
                    for (Object cache : ((Map<?, ?>) field.get(metric)).values()) {
                        most = Math.max(most, ((CacheMap<?, ?>) cache).size());
                    }
                } catch (IllegalAccessException e) {
                    throw new LinkageError("ParameterMetric is not as expected", e);
                }
            }
        }
        return most;
    }

    @Test
    @Tag("suite")
    void aThousandChangesUnderLoadLoseNoRequestAndKeepTheTokensOfOtherRules() throws Exception {
        Pushed pushed = new Pushed();
        PreparedFilter prepared = prepared(pushed);
        AtomicBoolean over = new AtomicBoolean();
        List<Thread> loops = new ArrayList<>();
        AtomicReference<Throwable> failure = new AtomicReference<>();
        int[] kept = new int[2];
        for (int i = 0; i < 2; i++) {
            int number = i;
            HttpFilter filter = prepared.create(new ManualServices());
            loops.add(Thread.ofPlatform().start(() -> {
                try {
                    for (int request = 0; !over.get(); request++) {
                        TestExchange exchange = exchange(request % 2 == 0 ? "r" + request % 100 : "kept");
                        boolean passes = filter.onRequestHead(exchange).equals(FilterDecision.CONTINUE);
                        kept[number] += passes && request % 2 == 1 ? 1 : 0;
                        filter.onComplete(exchange);
                    }
                } catch (Throwable e) {
                    failure.set(e);
                }
            }));
        }
        for (int change = 0; change < 1_000; change++) {
            assertThat(pushed.push(flow(100, change % 3 == 0 ? 0 : change))).isEmpty();
        }
        over.set(true);
        for (Thread loop : loops) {
            loop.join();
        }
        assertThat(failure.get()).isNull();
        assertThat(kept[0] + kept[1]).as("tokens of an hour").isEqualTo(7);
        assertThat(engine.nodes()).allSatisfy(node -> assertThat(node.toString()).contains("\"threadNum\":0"));
        assertThat(engine.rules()).isEqualTo(101);
        prepared.close();
        assertThat(engine.rules()).isZero();
        assertThat(engine.resources()).isZero();
    }

    private PreparedFilter prepared(Pushed pushed) throws Exception {
        SentinelFactory factory = SentinelFactory.of(engine, pushed);
        var prepared = factory.prepare(FilterTester.parse(factory, "{'nacos': {'registry': {'name': 'n'}, 'flowRules': 'f'},"
                + "'gatewayFlowRules': [{'resource': 'kept', 'count': 7, 'intervalSec': 3600}]}")).toCompletableFuture();
        pushed.push(Json.Arr.EMPTY);
        return prepared.get();
    }

    private TestExchange exchange(String route) {
        return exchanges.exchange("GET", "/").route(route);
    }

    private static Json flow(int resources, int count) {
        List<Json> rules = new ArrayList<>();
        for (int i = 0; i < resources; i++) {
            rules.add(Json.object().put("resource", "r" + i).put("count", count).build());
        }
        return Json.array(rules);
    }
}
