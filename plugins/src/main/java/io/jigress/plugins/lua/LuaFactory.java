package io.jigress.plugins.lua;

import io.jigress.api.FilterFactory;
import io.jigress.api.FilterPhase;
import io.jigress.api.Json;
import io.jigress.api.JsonReader;
import io.jigress.api.PreparedFilter;
import io.jigress.plugins.lua.vm.LuaError;
import io.jigress.plugins.lua.vm.Values;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/// The factory of `lua`: plugins that are Lua scripts.
public final class LuaFactory implements FilterFactory<LuaPluginConfig> {
    private static final int MOST_SCRIPT = 1 << 20;
    private static final long MOST_MEMORY = 1L << 30;

    private final LongSupplier processorTime;

    /// @param processorTime of the current thread, in nanoseconds
    public LuaFactory(LongSupplier processorTime) {
        this.processorTime = processorTime;
    }

    /// A factory that measures with the clock of the thread.
    public static LuaFactory withThreadClock() {
        java.lang.management.ThreadMXBean threads = java.lang.management.ManagementFactory.getThreadMXBean();
        return new LuaFactory(threads::getCurrentThreadCpuTime);
    }

    @Override
    public String name() {
        return "lua";
    }

    @Override
    public FilterPhase phase() {
        return FilterPhase.TRANSFORM;
    }

    @Override
    public int priority() {
        return 0;
    }

    @Override
    public LuaPluginConfig parse(JsonReader reader) {
        String script = reader.requiredText("script");
        String source = reader.text("source", "script");
        LuaLimits limits = limits(reader.object("limits"));
        Json config = reader.any("config");
        Map<String, String> backends = reader.textMap("backends");
        boolean failOpen = reader.choice("failStrategy", false, word -> switch (word) {
            case "FAIL_OPEN" -> true;
            case "FAIL_CLOSE" -> false;
            default -> null;
        }, "FAIL_OPEN or FAIL_CLOSE");
        Map<String, Long> shared = new LinkedHashMap<>();
        JsonReader sizes = reader.object("shared");
        sizes.json().members().keySet().forEach(name -> shared.put(name, bytes(sizes, name, 1 << 20)));
        String name = reader.text("name", "lua");
        reader.finishStrictly("the plugin would not run as written");
        LuaConfig read = new LuaConfig(name, script, source, limits, config == null ? Json.Obj.EMPTY : config, backends, failOpen,
                shared);
        if (script.length() > MOST_SCRIPT) {
            reader.error("script", "has " + script.length() + " characters", "at most " + MOST_SCRIPT);
        } else if (!script.isEmpty()) {
            check(reader, read);
        }
        return new LuaPluginConfig(read);
    }

    /// Compiles the script and runs its definitions, so that what is wrong with it is reported with the configuration.
    private void check(JsonReader reader, LuaConfig config) {
        LuaScript compiled;
        try {
            compiled = LuaScript.compile(config.script(), config.source());
        } catch (LuaError e) {
            reader.error("script", Values.text(String.valueOf(e.getMessage())), "a Lua 5.1 script");
            return;
        }
        String fault = new LuaPlugin(config, compiled, processorTime).trial();
        if (fault != null) {
            reader.error("script", fault, "a script that loads without an error");
        }
    }

    private static LuaLimits limits(JsonReader reader) {
        LuaLimits defaults = LuaLimits.DEFAULTS;
        LuaLimits read = new LuaLimits(reader.integer("instructions", defaults.instructions(), 1000, 1_000_000_000),
                bytes(reader, "memory", defaults.memory()), duration(reader, "run", defaults.run(), Duration.ofMillis(50)),
                duration(reader, "deadline", defaults.deadline(), Duration.ofHours(1)));
        reader.finishStrictly("the limit would not be as written");
        return read;
    }

    private static Duration duration(JsonReader reader, String field, Duration fallback, Duration most) {
        Duration read = reader.duration(field);
        if (read == null) {
            return fallback;
        }
        if (read.isZero() || read.compareTo(most) > 0) {
            reader.error(field, "is " + read.toMillis() + " ms", "1ms to " + most.toMillis() + "ms");
            return fallback;
        }
        return read;
    }

    /// A number of bytes: `65536`, or `16Mi`, `64Ki`.
    private static long bytes(JsonReader reader, String field, long fallback) {
        if (reader.any(field) instanceof Json.Num) {
            return reader.integer(field, fallback, 4096, MOST_MEMORY);
        }
        String text = reader.text(field);
        Long size = text == null ? (Long) fallback : size(text);
        if (size == null || size < 4096 || size > MOST_MEMORY) {
            reader.error(field, "is \"" + text + "\"", "a size of 4Ki to 1Gi, such as 16Mi");
            return fallback;
        }
        return size;
    }

    private static @Nullable Long size(String text) {
        if (!text.matches("\\d{1,10}([KkMmGg]i?)?")) {
            return null;
        }
        String digits = text.replaceAll("\\D", "");
        long unit = switch (text.substring(digits.length()).toLowerCase(java.util.Locale.ROOT)) {
            case "k", "ki" -> 1L << 10;
            case "m", "mi" -> 1L << 20;
            case "g", "gi" -> 1L << 30;
            default -> 1;
        };
        return Long.parseLong(digits) * unit;
    }

    @Override
    public CompletionStage<PreparedFilter> prepare(LuaPluginConfig config) {
        LuaConfig read = config.config();
        return CompletableFuture
                .completedFuture(new LuaPlugin(read, LuaScript.compile(read.script(), read.source()), processorTime));
    }
}
