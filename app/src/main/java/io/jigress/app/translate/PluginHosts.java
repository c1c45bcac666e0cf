package io.jigress.app.translate;

import io.jigress.api.FilterFactory;
import io.jigress.app.settings.KnownSettings;
import io.jigress.app.settings.Settings;
import io.jigress.plugins.jar.JarFactory;
import io.jigress.plugins.jar.JarRuntime;
import io.jigress.plugins.lua.LuaFactory;
import io.jigress.plugins.process.authz.AuthzFactory;
import io.jigress.plugins.process.proc.ProcFactory;
import io.jigress.plugins.wasm.WasmFactory;
import io.jigress.plugins.wasm.WasmRuntime;
import io.jigress.plugins.wasm.vm.CompilerJvm;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/// The hosts of plugins that are not part of the gateway, and what they run with.
public final class PluginHosts implements AutoCloseable {
    private final WasmFactory wasm;
    private final JarFactory jar;
    private final @Nullable WasmRuntime runtime;

    private PluginHosts(WasmFactory wasm, JarFactory jar, @Nullable WasmRuntime runtime) {
        this.wasm = wasm;
        this.jar = jar;
        this.runtime = runtime;
    }

    /// For a running gateway.
    ///
    /// @param folder the base of relative paths in the settings
    public static PluginHosts start(Settings settings, Path folder) {
        String state = settings.value(KnownSettings.STATE_FOLDER);
        WasmRuntime runtime = WasmRuntime.of(state.isEmpty() ? null : folder.resolve(state).resolve("wasm"),
                settings.value(KnownSettings.PLUGINS_WASM_CACHE_BYTES),
                jvm(settings),
                settings.value(KnownSettings.EVENT_LOOPS),
                InstantSource.system());
        JarRuntime jars = new JarRuntime(
                state.isEmpty() ? Path.of(System.getProperty("java.io.tmpdir"), "jigress") : folder.resolve(state).resolve("jar"),
                mavenRepository(settings));
        return new PluginHosts(WasmFactory.of(runtime, Filters.heldBytes(settings)), JarFactory.of(jars), runtime);
    }

    private static CompilerJvm jvm(Settings settings) {
        return new CompilerJvm(Path.of(System.getProperty("java.home"), "bin", "java"), System.getProperty("java.class.path"),
                settings.value(KnownSettings.PLUGINS_WASM_COMPILER_MEMORY));
    }

    /// For validating configurations: no code is loaded.
    static PluginHosts ofChecks(Settings settings) {
        return new PluginHosts(WasmFactory.ofChecks(Filters.heldBytes(settings)),
                JarFactory.ofChecks(mavenRepository(settings) != null), null);
    }

    private static @Nullable String mavenRepository(Settings settings) {
        String repository = settings.value(KnownSettings.PLUGINS_MAVEN_REPOSITORY);
        return repository.isEmpty() ? null : repository;
    }

    List<FilterFactory<?>> factories() {
        return List.of(wasm, jar, LuaFactory.withThreadClock(), new AuthzFactory(() -> ThreadLocalRandom.current().nextDouble()),
                new ProcFactory());
    }

    @Override
    public void close() {
        if (runtime != null) {
            runtime.close();
        }
    }
}
