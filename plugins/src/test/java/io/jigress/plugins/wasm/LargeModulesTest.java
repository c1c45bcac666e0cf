package io.jigress.plugins.wasm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.jigress.api.Json;
import io.jigress.plugins.load.CodeFault;
import io.jigress.plugins.load.CodeLoader;
import io.jigress.plugins.wasm.vm.BytecodeCache;
import io.jigress.testkit.FilterTester;
import io.jigress.testkit.TestExchange;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Modules that a process of its own compiles.
@Tag("suite")
class LargeModulesTest {
    private static final int COUNTER = 4096;
    private static final int ADDITIONS = 10_000;
    private static final long MEMORY = 1L << 29;

    @TempDir private Path folder;

    /// The bytecode of its functions, 130 KB of WebAssembly each, is more than a method of the JVM may have.
    private static byte[] large(int functions) {
        TestModule module = TestModule.current();
        module.requestHeaders(code -> {
            additions(code);
            code.host("proxy_add_header_map_value", 0, module.text("x-sum"), module.text("right"));
        });
        for (int i = 1; i < functions; i++) {
            module.function("f" + i, ":", LargeModulesTest::additions);
        }
        return module.assemble();
    }

    private static void additions(TestModule.Code code) {
        code.store(COUNTER, 0);
        for (int i = 0; i < ADDITIONS; i++) {
            code.add(COUNTER, 3);
        }
        code.expect(COUNTER, 3 * ADDITIONS);
    }

    private static void assertRuns(WasmTester wasm, Path module) {
        Json.Obj limits = Json.object().put("limits", Json.object().put("deadline", "10s").build()).build();
        FilterTester tester = wasm.start(module, limits);
        TestExchange exchange = tester.exchange("GET", "/", "host: shop.example");
        exchange.requestHead();
        assertThat(exchange.requestHeaders().all("x-sum")).containsExactly("right");
        exchange.complete();
        tester.close();
    }

    @Test
    void runsFunctionsThatTheJvmDoesNotTake() {
        try (WasmTester wasm = new WasmTester(folder)) {
            assertRuns(wasm, wasm.store(large(1)));
        }
    }

    @Test
    void compilesAgainWhenTheStoredBytecodeIsCutOff() throws IOException {
        Path module;
        try (WasmTester wasm = new WasmTester(folder)) {
            module = wasm.store(large(1));
            assertRuns(wasm, module);
        }
        try (Stream<Path> files = Files.list(folder.resolve("cache"))) {
            Path stored = files.findFirst().orElseThrow();
            byte[] bytes = Files.readAllBytes(stored);
            Files.write(stored, Arrays.copyOf(bytes, bytes.length - 1));
        }
        try (WasmTester wasm = new WasmTester(folder)) {
            assertRuns(wasm, module);
            assertThat(wasm.cache.compiled()).isEqualTo(1);
        }
    }

    @Test
    void saysWhyALargeModuleIsNotLoaded() {
        byte[] garbage = Arrays.copyOf(new byte[] {0, 'a', 's', 'm', 1, 0, 0, 0, 1}, 100_000);
        assertThatThrownBy(() -> load(garbage, MEMORY)).isInstanceOf(CodeFault.class)
                .hasMessageContaining("not a valid WebAssembly module");
        assertThatThrownBy(() -> load(new byte[32 << 20], 16 << 20)).isInstanceOf(CodeFault.class)
                .hasMessage(
                        "cannot be compiled: the compiler needs more memory than plugins.wasm.compiler.memory, which is 16MiB");
    }

    private static void load(byte[] module, long memory) throws CodeFault {
        try (BytecodeCache cache = new BytecodeCache(null, 0, WasmTester.jvm(memory))) {
            cache.load(module, CodeLoader.sha256(module));
        }
    }

    @Test
    void saysThatTheSystemHasKilledTheCompiler() throws Exception {
        assertThat(faultWhen((_, compiler) -> compiler.destroyForcibly()))
                .hasMessage("cannot be compiled: the system has killed the compiler; there may not be enough memory for it");
    }

    @Test
    void endsTheCompilerWithTheGateway() throws Exception {
        assertThat(faultWhen((cache, _) -> cache.close())).isInstanceOf(CodeFault.class);
        assertThat(compiler()).isEmpty();
    }

    /// Compiles a module that takes some time, does something when the compiler runs, and gives what came of it.
    private static Throwable faultWhen(BiConsumer<BytecodeCache, ProcessHandle> running) throws Exception {
        byte[] module = large(40);
        try (BytecodeCache cache = new BytecodeCache(null, 0, WasmTester.jvm(MEMORY))) {
            CompletableFuture<Throwable> result = CompletableFuture.supplyAsync(
                    () -> catchThrowable(() -> cache.load(module, CodeLoader.sha256(module))),
                    task -> Thread.ofPlatform().daemon().start(task));
            long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
            Optional<ProcessHandle> compiler = compiler();
            for (; compiler.isEmpty(); compiler = compiler()) {
                assertThat(System.nanoTime()).as("within 20 s").isLessThan(end);
                Thread.sleep(1);
            }
            running.accept(cache, compiler.orElseThrow());
            return result.get(20, TimeUnit.SECONDS);
        }
    }

    /// For a moment a process that is started looks like this one, and then like a program of the JDK that starts it: killed then, it would not have started.
    private static Optional<ProcessHandle> compiler() {
        return ProcessHandle.current().children().filter(LargeModulesTest::compiles).findFirst();
    }

    private static boolean compiles(ProcessHandle process) {
        try {
            return Files.readString(Path.of("/proc", Long.toString(process.pid()), "cmdline"), StandardCharsets.ISO_8859_1)
                    .contains("CompilerProgram");
        } catch (IOException e) {
            return false; // Ended.
        }
    }
}
