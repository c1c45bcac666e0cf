package io.jigress.plugins.wasm;

import io.jigress.plugins.wasm.abi.SharedStores;
import io.jigress.plugins.wasm.abi.VmEnvironment;
import io.jigress.plugins.wasm.vm.BytecodeCache;
import io.jigress.plugins.wasm.vm.CompilerJvm;
import io.jigress.plugins.wasm.vm.Watchdog;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// What all plugins run with.
///
/// @param loading loads modules, which may wait for a compilation
/// @param starting starts instances of compiled plugins
/// @param loops how many event loops there are
public record WasmRuntime(ModuleLoader loader, VmEnvironment environment, ExecutorService loading, ExecutorService starting,
        int loops)
        implements
            AutoCloseable {
    /// While one waits for a compilation, the other one loads what is compiled already.
    private static final int LOADERS = 2;
    private static final int STARTERS = 2;

    /// For a running gateway. Its threads end when they are idle.
    ///
    /// @param cache the folder for bytecode; null for none
    /// @param cacheBytes how much it may hold
    public static WasmRuntime of(@Nullable Path cache, long cacheBytes, CompilerJvm jvm, int loops, InstantSource clock) {
        return new WasmRuntime(new ModuleLoader(new BytecodeCache(cache, cacheBytes, jvm)),
                new VmEnvironment(new SharedStores(), new Watchdog(), clock, new SecureRandom()), threads(LOADERS, "wasm-loader"),
                threads(STARTERS, "wasm-starter"), loops);
    }

    private static ExecutorService threads(int count, String name) {
        ThreadPoolExecutor executor = new ThreadPoolExecutor(count, count, 10, TimeUnit.SECONDS, new LinkedBlockingQueue<>(),
                task -> Thread.ofPlatform().daemon().name(name).unstarted(task));
        executor.allowCoreThreadTimeOut(true);
        return executor;
    }

    /// No more plugins are loaded.
    @Override
    public void close() {
        loading.shutdownNow();
        starting.shutdownNow();
        loader.close();
    }
}
