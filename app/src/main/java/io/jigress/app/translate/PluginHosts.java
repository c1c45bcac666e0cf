package io.jigress.app.translate;

import io.jigress.api.FilterFactory;
import io.jigress.app.settings.KnownSettings;
import io.jigress.app.settings.Settings;
import io.jigress.plugins.process.authz.AuthzFactory;
import io.jigress.plugins.process.proc.ProcFactory;
import io.jigress.plugins.wasm.WasmFactory;
import io.jigress.plugins.wasm.abi.SharedStores;
import io.jigress.plugins.wasm.abi.VmEnvironment;
import io.jigress.plugins.wasm.load.ModuleLoader;
import io.jigress.plugins.wasm.vm.BytecodeCache;
import io.jigress.plugins.wasm.vm.Watchdog;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/// The hosts of plugins that are not part of the gateway, and what they run with.
public final class PluginHosts implements AutoCloseable {
    private final WasmFactory wasm;
    private final @Nullable Watchdog watchdog;
    private final @Nullable ExecutorService loading;

    private PluginHosts(WasmFactory wasm, @Nullable Watchdog watchdog, @Nullable ExecutorService loading) {
        this.wasm = wasm;
        this.watchdog = watchdog;
        this.loading = loading;
    }

    /// For a running gateway.
    ///
    /// @param folder the base of relative paths in the settings
    public static PluginHosts start(Settings settings, Path folder) {
        String state = settings.value(KnownSettings.STATE_FOLDER);
        BytecodeCache cache = new BytecodeCache(state.isEmpty() ? null : folder.resolve(state).resolve("wasm"),
                settings.value(KnownSettings.PLUGINS_WASM_CACHE_BYTES));
        Watchdog watchdog = new Watchdog();
        ExecutorService loading = Executors.newThreadPerTaskExecutor(Thread.ofVirtual().name("wasm-loader-", 0).factory());
        VmEnvironment environment = new VmEnvironment(new SharedStores(), watchdog, InstantSource.system(), new SecureRandom());
        return new PluginHosts(
                WasmFactory.of(new WasmFactory.WasmRuntime(new ModuleLoader(cache), environment, loading,
                        settings.value(KnownSettings.EVENT_LOOPS)), Filters.heldBytes(settings)),
                watchdog, loading);
    }

    /// For validating configurations: no code is loaded.
    static PluginHosts ofChecks(Settings settings) {
        return new PluginHosts(WasmFactory.ofChecks(Filters.heldBytes(settings)), null, null);
    }

    List<FilterFactory<?>> factories() {
        return List.of(wasm, new AuthzFactory(() -> ThreadLocalRandom.current().nextDouble()), new ProcFactory());
    }

    @Override
    public void close() {
        if (loading != null) {
            loading.shutdownNow();
        }
        if (watchdog != null) {
            watchdog.close();
        }
    }
}
