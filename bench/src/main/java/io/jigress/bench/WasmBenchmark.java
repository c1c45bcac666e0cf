package io.jigress.bench;

import io.jigress.api.FilterDecision;
import io.jigress.api.Json;
import io.jigress.plugins.wasm.WasmFactory;
import io.jigress.plugins.wasm.WasmRuntime;
import io.jigress.plugins.wasm.vm.CompilerJvm;
import io.jigress.testkit.FilterTester;
import io.jigress.testkit.TestExchange;
import java.nio.file.Path;
import java.time.InstantSource;
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

/// What a Wasm plugin costs that reads a header and sets one, for one request: `none` is the same exchange of the test kit without a plugin. The
/// plugins are those of `conformance/wasm-plugins/build`.
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 5, time = 2)
@Measurement(iterations = 5, time = 2)
@Fork(1)
public class WasmBenchmark {
    private static final CompilerJvm JVM = new CompilerJvm(Path.of(System.getProperty("java.home"), "bin", "java"),
            System.getProperty("java.class.path"), 1 << 30);
    private static final int HELD = 1 << 20;

    @Param({"none", "rust", "go", "higress", "assemblyscript"}) public String plugin = "";

    private @Nullable FilterTester tester;

    @Setup(Level.Trial)
    public void start() {
        String module = plugin.equals("none") ? "rust" : plugin;
        Path file = Path.of(System.getProperty("user.home"), ".cache", "jigress-test", "wasm", module + ".wasm");
        tester = FilterTester.start(WasmFactory.of(WasmRuntime.of(null, 0, JVM, 1, InstantSource.system()), HELD),
                Json.object().put("name", "bench/greeting").put("url", file.toUri().toString()).put("config", "hello")
                        .put("rootId", "greeting").build());
    }

    @TearDown(Level.Trial)
    public void stop() {
        if (tester != null) {
            tester.close();
        }
    }

    @Benchmark
    public @Nullable FilterDecision request() {
        FilterTester now = tester;
        if (now == null) {
            return null;
        }
        TestExchange exchange = now.exchange("GET", "/", "host: shop.example", "x-user: 7", "accept: */*");
        if (plugin.equals("none")) {
            return FilterDecision.CONTINUE;
        }
        FilterDecision decision = exchange.requestHead();
        exchange.complete();
        return decision;
    }
}
