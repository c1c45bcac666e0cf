package io.jigress.plugins.lua;

import io.jigress.api.FilterFactory;
import io.jigress.api.FilterPhase;
import io.jigress.api.Json;
import io.jigress.api.JsonReader;
import io.jigress.api.PreparedFilter;
import io.jigress.plugins.PluginFields;
import io.jigress.plugins.lua.vm.LimitExceeded;
import io.jigress.plugins.lua.vm.LuaError;
import io.jigress.plugins.lua.vm.Values;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.LongSupplier;

/// The factory of `lua`: plugins that are Lua scripts.
public final class LuaFactory implements FilterFactory<LuaPluginConfig> {
    private static final int MOST_SCRIPT = 1 << 20;
    private static final long LEAST_MEMORY = 4096;
    private static final long MOST_MEMORY = 1L << 30;
    private static final long SHARED = 1L << 20;

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
        boolean failOpen = PluginFields.failsOpen(reader);
        Map<String, Long> shared = new LinkedHashMap<>();
        JsonReader sizes = reader.object("shared");
        sizes.json().members().keySet()
                .forEach(name -> shared.put(name, PluginFields.bytes(sizes, name, SHARED, LEAST_MEMORY, MOST_MEMORY)));
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
        try {
            if (!new LuaPlugin(config, compiled, processorTime).trial()) {
                reader.warning("script", "defines neither envoy_on_request nor envoy_on_response: no request runs it",
                        "one of these functions, or blocks such as access_by_lua_block");
            }
        } catch (LuaError | LimitExceeded e) {
            reader.error("script", Values.text(String.valueOf(e.getMessage())), "a script that loads without an error");
        }
    }

    private static LuaLimits limits(JsonReader reader) {
        LuaLimits defaults = LuaLimits.DEFAULTS;
        LuaLimits read = new LuaLimits(reader.integer("instructions", defaults.instructions(), 1000, 1_000_000_000),
                PluginFields.bytes(reader, "memory", defaults.memory(), LEAST_MEMORY, MOST_MEMORY),
                PluginFields.duration(reader, "run", defaults.run(), Duration.ofMillis(50)),
                PluginFields.duration(reader, "deadline", defaults.deadline(), Duration.ofHours(1)));
        reader.finishStrictly("the limit would not be as written");
        return read;
    }

    @Override
    public CompletionStage<PreparedFilter> prepare(LuaPluginConfig config) {
        LuaConfig read = config.config();
        return CompletableFuture
                .completedFuture(new LuaPlugin(read, LuaScript.compile(read.script(), read.source()), processorTime));
    }
}
