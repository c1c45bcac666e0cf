package io.jigress.bench;

import io.jigress.api.FilterDecision;
import io.jigress.api.Json;
import io.jigress.testkit.FilterTester;
import io.jigress.testkit.TestExchange;
import java.io.IOException;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/// What an empty plugin in Java costs, loaded from a jar by the host: its head callback and its end, on an exchange in memory. `NONE` is the same filter
/// without the host, `BLOCKING` a call of straight code whose task runs on the thread of the test: the copy of the request and the host's
/// part, without the virtual thread. `bench/filters --jar KIND` measures both kinds with all that belongs to them, in a gateway.
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class JarBenchmark {

    public enum Kind {
        NONE, EVENT, BLOCKING
    }

    @Param({"NONE", "EVENT", "BLOCKING"}) public Kind kind = Kind.NONE;

    private @Nullable FilterTester tester;

    @Setup
    public void start() throws IOException {
        tester = switch (kind) {
            case NONE -> FilterTester.start(new JarPlugins.EventFactory(), Json.object().build());
            case EVENT -> FilterTester.start(JarPlugins.host(), JarPlugins.config("event"));
            case BLOCKING -> FilterTester.start(JarPlugins.host(), JarPlugins.config("blocking"));
        };
    }

    @Benchmark
    public FilterDecision oneRequest() {
        TestExchange exchange = Objects.requireNonNull(tester).exchange("GET", "/cart", "host: shop.example", "accept: */*",
                "x-user: 7");
        FilterDecision decision = exchange.requestHead();
        if (decision instanceof FilterDecision.Wait) {
            decision = exchange.awaitResumed();
        }
        exchange.complete();
        return decision;
    }
}
