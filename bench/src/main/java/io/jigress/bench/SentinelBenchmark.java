package io.jigress.bench;

import io.jigress.api.FilterDecision;
import io.jigress.api.HttpFilter;
import io.jigress.sentinel.RuleFeed;
import io.jigress.sentinel.SentinelFactory;
import io.jigress.sentinel.engine.SentinelEngine;
import io.jigress.testkit.FilterTester;
import io.jigress.testkit.TestExchange;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/// What rules of Sentinel cost for one request that they let pass, from the request's head to its end. `elsewhere` is a request of a
/// route without rules.
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 4, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class SentinelBenchmark {
    public enum Rules {
        elsewhere("'flowRules': [{'resource': 'other', 'count': 1000000000}]"),
        flow("'flowRules': [{'resource': 'route', 'count': 1000000000}]"),
        threads("'flowRules': [{'resource': 'route', 'grade': 0, 'count': 1000000000}]"),
        gatewayFlow("'gatewayFlowRules': [{'resource': 'route', 'count': 1000000000}]"),
        header("'gatewayFlowRules': [{'resource': 'route', 'count': 1000000000, 'paramItem': {'parseStrategy': 2, 'fieldName': 'x-user'}}]"),
        clientIp("'gatewayFlowRules': [{'resource': 'route', 'count': 1000000000, 'paramItem': {'parseStrategy': 0}}]"),
        breaker("'degradeRules': [{'resource': 'route', 'grade': 1, 'count': 0.5, 'timeWindow': 10}]");

        private final String config;

        Rules(String config) {
            this.config = "{" + config + "}";
        }
    }

    @Param public Rules rules = Rules.flow;

    private @Nullable FilterTester tester;
    private @Nullable TestExchange exchange;

    @Setup(Level.Trial)
    public void start() {
        FilterTester started = FilterTester.start(SentinelFactory.of(new SentinelEngine(), RuleFeed.NONE), rules.config);
        tester = started;
        exchange = started.exchange("GET", "/index.html?a=b", "host: www.example.com", "accept: */*", "x-user: 4711")
                .route("route");
    }

    @TearDown(Level.Trial)
    public void stop() {
        if (tester != null) {
            tester.close();
        }
    }

    @Benchmark
    public FilterDecision request() {
        FilterTester started = tester;
        TestExchange request = exchange;
        if (started == null || request == null) {
            throw new IllegalStateException("not set up");
        }
        HttpFilter filter = started.filter();
        FilterDecision decision = filter.onRequestHead(request);
        filter.onComplete(request);
        return decision;
    }
}
