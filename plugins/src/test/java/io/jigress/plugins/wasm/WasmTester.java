package io.jigress.plugins.wasm;

import io.jigress.api.Json;
import io.jigress.plugins.load.CodeFault;
import io.jigress.plugins.load.CodeReference;
import io.jigress.plugins.wasm.abi.SharedStores;
import io.jigress.plugins.wasm.abi.VmEnvironment;
import io.jigress.plugins.wasm.vm.BytecodeCache;
import io.jigress.plugins.wasm.vm.CompilerJvm;
import io.jigress.plugins.wasm.vm.Watchdog;
import io.jigress.testkit.FilterTester;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/// Runs plugins in memory, with all that they need.
final class WasmTester implements AutoCloseable {
    private static final int HELD = 64 * 1024;

    final SharedStores shared = new SharedStores();
    final BytecodeCache cache;
    private final ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor();
    private final Path folder;
    private final WasmFactory factory;
    private int files;

    WasmTester(Path folder) {
        this.folder = folder;
        cache = new BytecodeCache(folder.resolve("cache"), 1 << 28, jvm(1 << 29));
        factory = WasmFactory.of(new WasmRuntime(new ModuleLoader(cache),
                new VmEnvironment(shared, new Watchdog(), InstantSource.system(), new SecureRandom()), executor, executor, 1),
                HELD);
    }

    static CompilerJvm jvm(long memory) {
        return new CompilerJvm(Path.of(System.getProperty("java.home"), "bin", "java"), System.getProperty("java.class.path"),
                memory);
    }

    WasmFactory factory() {
        return factory;
    }

    Path store(byte[] module) {
        try {
            return Files.write(folder.resolve("m" + files++ + ".wasm"), module);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// Compiles a module before it is started, which may take longer than a test waits for a start.
    void compile(Path module) {
        try {
            new ModuleLoader(cache).load(new CodeReference(module.toUri().toString(), null, null, null, null));
        } catch (CodeFault e) {
            throw new AssertionError(e);
        }
    }

    static Json.Builder config(Path module) {
        return Json.object().put("name", "default/test").put("url", module.toUri().toString());
    }

    FilterTester start(TestModule module) {
        return start(module, Json.object().build());
    }

    /// @param more fields of the plugin
    FilterTester start(TestModule module, Json.Obj more) {
        return start(store(module.assemble()), more);
    }

    FilterTester start(Path module, Json.Obj more) {
        Json.Builder config = config(module);
        more.members().forEach(config::put);
        return FilterTester.start(factory, config.build());
    }

    @Override
    public void close() {
        executor.close();
        cache.close();
    }
}
