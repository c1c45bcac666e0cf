package io.jigress.bench;

import io.jigress.api.FilterDecision;
import io.jigress.api.Json;
import io.jigress.plugins.lua.LuaFactory;
import io.jigress.testkit.FilterTester;
import io.jigress.testkit.TestExchange;
import java.util.concurrent.TimeUnit;
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

/// What a script costs that reads one header and sets one: its head callback and its end, on an exchange in memory. `NONE` is a script
/// without functions: the cost of the test kit's exchange.
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class LuaBenchmark {

    public enum Script {
        NONE("x = 1"),
        ENVOY("function envoy_on_request(handle) local h = handle:headers() h:replace('x-copy', h:get('x-user')) end"),
        OPENRESTY("access_by_lua_block { ngx.req.set_header('x-copy', ngx.var.http_x_user) }");

        private final String text;

        Script(String text) {
            this.text = text;
        }
    }

    @Param({"NONE", "ENVOY", "OPENRESTY"}) public Script script = Script.NONE;

    private FilterTester tester;

    @Setup
    public void start() {
        tester = FilterTester.start(LuaFactory.withThreadClock(), Json.object().put("script", script.text).build());
    }

    @Benchmark
    public FilterDecision oneHeader() {
        TestExchange exchange = tester.exchange("GET", "/cart", "host: shop.example", "x-user: 7");
        FilterDecision decision = exchange.requestHead();
        exchange.complete();
        return decision;
    }
}
