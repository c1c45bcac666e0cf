package io.jigress.plugins.wasm;

import io.jigress.api.FilterFactory;
import io.jigress.api.FilterPhase;
import io.jigress.api.Json;
import io.jigress.api.JsonReader;
import io.jigress.api.PreparedFilter;
import io.jigress.plugins.PluginFields;
import io.jigress.plugins.load.CodeReference;
import io.jigress.plugins.wasm.abi.PluginFacts;
import io.jigress.plugins.wasm.vm.BytecodeCache;
import io.jigress.plugins.wasm.vm.GuestLimits;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;

/// The factory of `wasm`: plugins in WebAssembly, by the Proxy-Wasm ABI.
public final class WasmFactory implements FilterFactory<WasmConfig> {
    private static final int PAGE = 64 * 1024;
    private static final long MIN_MEMORY = PAGE;
    private static final long MAX_MEMORY = 1L << 31;
    private static final Duration MAX_DEADLINE = Duration.ofSeconds(10);
    private static final Duration MAX_PAUSE = Duration.ofMinutes(10);
    static final long MEMORY = 128L * 1024 * 1024;
    static final Duration DEADLINE = Duration.ofMillis(40);
    static final Duration PAUSE = Duration.ofSeconds(30);

    private final @Nullable WasmRuntime runtime;
    private final int heldBytes;

    private WasmFactory(@Nullable WasmRuntime runtime, int heldBytes) {
        this.runtime = runtime;
        this.heldBytes = heldBytes;
    }

    /// @param heldBytes the most that a filter may hold of one body
    public static WasmFactory of(WasmRuntime runtime, int heldBytes) {
        return new WasmFactory(runtime, heldBytes);
    }

    /// A factory that checks configurations and loads no code: its filters cannot be created.
    public static WasmFactory ofChecks(int heldBytes) {
        return new WasmFactory(null, heldBytes);
    }

    @Override
    public String name() {
        return "wasm";
    }

    @Override
    public FilterPhase phase() {
        return FilterPhase.TRANSFORM;
    }

    @Override
    public int priority() {
        return 0;
    }

    /// A plugin with a broken configuration must not leave its target open: it may protect it.
    @Override
    public boolean protects() {
        return true;
    }

    /// A large module is compiled at a low priority, and for as long as the compiler may take: on a busy machine that is more than a minute.
    @Override
    public Duration prepareTimeout() {
        return BytecodeCache.COMPILE_TIMEOUT.plusMinutes(1);
    }

    @Override
    public WasmConfig parse(JsonReader config) {
        String name = config.text("name", "wasm");
        CodeReference module = CodeReference.read(config, false);
        JsonReader limits = config.object("limits");
        long memory = PluginFields.bytes(limits, "memory", MEMORY, MIN_MEMORY, MAX_MEMORY);
        GuestLimits guest = new GuestLimits((int) (memory / PAGE),
                PluginFields.duration(limits, "deadline", DEADLINE, MAX_DEADLINE));
        Duration pause = PluginFields.duration(limits, "pause", PAUSE, MAX_PAUSE);
        limits.finishStrictly("the limit would not apply");
        config.choice("instances", "loop", word -> word.equals("loop") ? word : null, "loop");
        boolean failOpen = PluginFields.failsOpen(config);
        PluginFacts facts = new PluginFacts(name, config.text("rootId", ""), config.text("vmId", name), configuration(config),
                config.textMap("env"), config.textMap("backends"), guest, pause, Math.max(1, heldBytes), failOpen);
        config.finishStrictly("the plugin would not run as written");
        return new WasmConfig(module, facts);
    }

    /// The plugin's own configuration as text: a text as it is, anything else as JSON.
    private static String configuration(JsonReader config) {
        Json own = config.any("config");
        if (own == null || own instanceof Json.Null) {
            return "";
        }
        return own instanceof Json.Str(String text) ? text : own.toString();
    }

    @Override
    public CompletionStage<PreparedFilter> prepare(WasmConfig config) {
        WasmRuntime now = runtime;
        if (now == null) {
            return CompletableFuture.completedFuture(_ -> {
                throw new IllegalStateException("a filter of a factory that only checks");
            });
        }
        WasmPlugin plugin = new WasmPlugin(config, now);
        try {
            return CompletableFuture.supplyAsync(() -> {
                plugin.prepare(now.loops());
                return plugin;
            }, now.loading());
        } catch (RejectedExecutionException e) {
            return CompletableFuture.failedFuture(e);
        }
    }
}
