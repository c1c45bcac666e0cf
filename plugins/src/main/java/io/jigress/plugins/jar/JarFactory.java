package io.jigress.plugins.jar;

import io.jigress.api.FilterFactory;
import io.jigress.api.FilterPhase;
import io.jigress.api.Json;
import io.jigress.api.JsonReader;
import io.jigress.api.PreparedFilter;
import io.jigress.plugins.PluginFields;
import io.jigress.plugins.load.CodeReference;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/// The factory of `jar`: plugins in Java.
public final class JarFactory implements FilterFactory<JarConfig> {
    static final Duration WAIT = Duration.ofSeconds(30);
    private static final Duration LONGEST = Duration.ofMinutes(10);

    private final @Nullable JarRuntime runtime;
    private final boolean maven;

    private JarFactory(@Nullable JarRuntime runtime, boolean maven) {
        this.runtime = runtime;
        this.maven = maven;
    }

    public static JarFactory of(JarRuntime runtime) {
        return new JarFactory(runtime, runtime.hasMavenRepository());
    }

    /// A factory that checks configurations and loads no code: its filters cannot be created.
    ///
    /// @param maven whether a Maven repository is set
    public static JarFactory ofChecks(boolean maven) {
        return new JarFactory(null, maven);
    }

    @Override
    public String name() {
        return "jar";
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
    public JarConfig parse(JsonReader config) {
        String name = config.text("name", "jar");
        CodeReference code = CodeReference.read(config, true);
        if (code.isMaven() && !maven) {
            config.error("url", "is a Maven coordinate, and no repository is set", "the setting plugins.maven.repository");
        }
        JsonReader limits = config.object("limits");
        Duration deadline = limits.has("deadline") ? PluginFields.duration(limits, "deadline", WAIT, LONGEST) : null;
        Duration wait = PluginFields.duration(limits, "wait", WAIT, LONGEST);
        limits.finishStrictly("the limit would not apply");
        boolean failOpen = PluginFields.failsOpen(config);
        Json own = config.any("config");
        JarConfig read = new JarConfig(name, code, config.text("factory", ""), config.text("revision", ""),
                own == null || own instanceof Json.Null ? Json.Obj.EMPTY : own, config.textMap("backends"), deadline, wait,
                failOpen);
        config.finishStrictly("the plugin would not run as written");
        return read;
    }

    @Override
    public CompletionStage<PreparedFilter> prepare(JarConfig config) {
        JarRuntime now = runtime;
        if (now == null) {
            return CompletableFuture.completedFuture(_ -> {
                throw new IllegalStateException("a filter of a factory that only checks");
            });
        }
        return new JarPlugin(config, now).prepare();
    }
}
