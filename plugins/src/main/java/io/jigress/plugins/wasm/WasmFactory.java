package io.jigress.plugins.wasm;

import io.jigress.api.FilterFactory;
import io.jigress.api.FilterPhase;
import io.jigress.api.Json;
import io.jigress.api.JsonReader;
import io.jigress.api.PreparedFilter;
import io.jigress.plugins.wasm.abi.PluginFacts;
import io.jigress.plugins.load.CodeReference;
import io.jigress.plugins.wasm.vm.GuestLimits;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.RejectedExecutionException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// The factory of `wasm`: plugins in WebAssembly, by the Proxy-Wasm ABI.
public final class WasmFactory implements FilterFactory<WasmConfig> {
    private static final Pattern QUANTITY = Pattern.compile("([0-9]{1,12})(|Ki|Mi|Gi|k|M|G)");
    private static final Map<String, Long> UNITS = Map.of("", 1L, "Ki", 1024L, "Mi", 1024L * 1024, "Gi", 1024L * 1024 * 1024, "k",
            1000L,
            "M", 1_000_000L, "G", 1_000_000_000L);
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

    @Override
    public WasmConfig parse(JsonReader config) {
        String name = config.text("name", "wasm");
        CodeReference module = CodeReference.read(config, false);
        JsonReader limits = config.object("limits");
        GuestLimits guest = new GuestLimits((int) (memory(limits) / PAGE), duration(limits, "deadline", DEADLINE, MAX_DEADLINE));
        Duration pause = duration(limits, "pause", PAUSE, MAX_PAUSE);
        limits.finishStrictly("the limit would not apply");
        config.choice("instances", "loop", word -> word.equals("loop") ? word : null, "loop");
        boolean failOpen = config.choice("failStrategy", Boolean.FALSE, word -> switch (word) {
            case "FAIL_OPEN" -> Boolean.TRUE;
            case "FAIL_CLOSE" -> Boolean.FALSE;
            default -> null;
        }, "FAIL_OPEN or FAIL_CLOSE");
        PluginFacts facts = new PluginFacts(name, config.text("rootId", ""), config.text("vmId", name), configuration(config),
                config.textMap("env"), config.textMap("backends"), guest, pause, Math.max(1, heldBytes), failOpen);
        config.finishStrictly("the plugin would not run as written");
        return new WasmConfig(module, facts);
    }

    private static long memory(JsonReader limits) {
        Json given = limits.any("memory");
        if (given == null) {
            return MEMORY;
        }
        Matcher matcher = QUANTITY.matcher(given instanceof Json.Str(String text) ? text : given.toString());
        long bytes = matcher.matches() ? Long.parseLong(matcher.group(1)) * UNITS.getOrDefault(matcher.group(2), 1L) : -1;
        if (bytes < MIN_MEMORY || bytes > MAX_MEMORY) {
            limits.error("memory", "is " + given, "a quantity such as 64Mi, from 64Ki to 2Gi");
            return MEMORY;
        }
        return bytes;
    }

    private static Duration duration(JsonReader limits, String field, Duration fallback, Duration most) {
        Duration given = limits.duration(field);
        if (given == null) {
            return fallback;
        }
        if (given.compareTo(Duration.ofMillis(1)) < 0 || given.compareTo(most) > 0) {
            limits.error(field, "is " + given.toMillis() + " ms", "1 to " + most.toMillis() + " ms");
            return fallback;
        }
        return given;
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
