package io.jigress.sentinel;

import static org.assertj.core.api.Assertions.assertThat;

import io.jigress.api.FilterDecision;
import io.jigress.api.FilterFactory;
import io.jigress.api.FilterPhase;
import io.jigress.api.HttpFilter;
import io.jigress.api.Json;
import io.jigress.api.JsonReader;
import io.jigress.api.PreparedFilter;
import io.jigress.sentinel.engine.SentinelEngine;
import io.jigress.testkit.FilterTester;
import io.jigress.testkit.ManualServices;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class PushedRulesTest {
    private static final String CONFIG = "{'resource': 'all', 'fallback': {'status': 503}, 'nacos': {'registry': {'namespace': 'infra', 'name': 'nacos'},"
            + "'gatewayFlowRules': 'flow', 'apiDefinitions': 'apis'}, 'gatewayFlowRules': [{'count': 5, 'intervalSec': 600}]}";

    private final SentinelEngine engine = new SentinelEngine();
    private final Pushes pushes = new Pushes();
    private final SentinelFactory factory = SentinelFactory.of(engine, pushes);
    private final CompletableFuture<PreparedFilter> prepared = factory
            .prepare(FilterTester.parse(factory, CONFIG)).toCompletableFuture();

    /// A registry under the test's control.
    private static final class Pushes implements RuleFeed {
        final Map<String, Function<Json, List<String>>> listeners = new HashMap<>();
        final Map<String, List<String>> faults = new HashMap<>();

        @Override
        public Subscription follow(Text text, Function<Json, List<String>> listener) {
            assertThat(text.registry()).isEqualTo("infra/nacos");
            assertThat(text.group()).isEqualTo("SENTINEL_GROUP");
            listeners.put(text.dataId(), listener);
            return () -> listeners.remove(text.dataId());
        }

        void push(String dataId, String json) {
            faults.put(dataId, listeners.get(dataId).apply(json(json)));
        }
    }

    @Test
    void pushedRulesAreThereBeforeTheFirstRequestAndChangeWithoutANewFilter() throws Exception {
        assertThat(prepared).isNotDone();
        pushes.push("apis", "[{'apiName': 'shop', 'predicateItems': [{'pattern': '/shop/**', 'matchStrategy': 1}]}]");
        assertThat(prepared).isNotDone();
        pushes.push("flow",
                "[{'resource': 'shop', 'resourceMode': 1, 'count': 1, 'intervalSec': 600, 'gmtCreate': 5, 'unknown': 1}]");
        assertThat(prepared).isDone();
        HttpFilter filter = prepared.get().create(new ManualServices());
        FilterTester requests = FilterTester.start(SentinelFactory.of(engine, pushes), "{}");
        assertThat(admitted(filter, requests, "/shop/a", 3)).isEqualTo(1);
        pushes.push("flow", "[{'resource': 'shop', 'resourceMode': 1, 'count': 2, 'intervalSec': 600}]");
        assertThat(admitted(filter, requests, "/shop/a", 3)).isEqualTo(2);
        pushes.push("flow", "[]");
        // Five in all by the filter's own rule, whose tokens were not refilled by the pushes.
        assertThat(admitted(filter, requests, "/shop/a", 9)).isLessThanOrEqualTo(2);
        prepared.get().close();
        assertThat(pushes.listeners).isEmpty();
        assertThat(engine.rules()).isZero();
    }

    @Test
    void rulesWithAMistakeAreRefusedAndThoseBeforeStay() throws Exception {
        pushes.push("apis", "[]");
        pushes.push("flow", "[{'resource': 'r', 'count': 0}]");
        HttpFilter filter = prepared.get().create(new ManualServices());
        pushes.push("flow", "[{'resource': 'r', 'count': -1}]");
        assertThat(pushes.faults.get("flow")).singleElement().asString().startsWith("gatewayFlowRules[0].count is -1");
        FilterTester requests = FilterTester.start(SentinelFactory.of(engine, pushes), "{}");
        assertThat(filter.onRequestHead(requests.exchange("GET", "/").route("r"))).isInstanceOf(FilterDecision.Reply.class);
        pushes.push("flow", "[]");
        assertThat(pushes.faults.get("flow")).isEmpty();
        assertThat(filter.onRequestHead(requests.exchange("GET", "/").route("r"))).isEqualTo(FilterDecision.CONTINUE);
    }

    @Test
    void whatIsNotAListIsRefused() {
        pushes.push("apis", "{'apiName': 'shop'}");
        assertThat(pushes.faults.get("apis")).singleElement().asString().contains("is of type object");
        List<String> paths = new ArrayList<>();
        FilterTester.issues(factory, "{'nacos': {'registry': {'name': 'nacos'}, 'flowRule': 'x'}}")
                .forEach(issue -> paths.add(issue.path()));
        assertThat(paths).containsExactly("nacos.flowRule");
    }

    private static Json json(String text) {
        return FilterTester.parse(new AnyJson(), "{'value': " + text + "}").members().getOrDefault("value", Json.Null.NULL);
    }

    /// A filter whose configuration is any JSON.
    private static final class AnyJson implements FilterFactory<Json.Obj> {
        @Override
        public String name() {
            return "any";
        }

        @Override
        public FilterPhase phase() {
            return FilterPhase.STATS;
        }

        @Override
        public int priority() {
            return 0;
        }

        @Override
        public Json.Obj parse(JsonReader config) {
            return config.json();
        }

        @Override
        public CompletionStage<PreparedFilter> prepare(Json.Obj config) {
            throw new IllegalStateException("only read");
        }
    }

    private static long admitted(HttpFilter filter, FilterTester requests, String path, int count) {
        return IntStream.range(0, count)
                .filter(_ -> filter.onRequestHead(requests.exchange("GET", path)).equals(FilterDecision.CONTINUE)).count();
    }
}
