package io.jigress.app.translate;

import io.jigress.api.FilterFactory;
import io.jigress.app.settings.KnownSettings;
import io.jigress.app.settings.Settings;
import io.jigress.filters.BuiltinFilters;
import io.jigress.filters.matchrules.RuledFactory;
import io.jigress.grpcjson.GrpcJsonFactory;
import io.jigress.sentinel.RuleFeed;
import io.jigress.sentinel.SentinelFactory;
import io.jigress.sentinel.engine.SentinelEngine;
import io.jigress.waf.filter.AuditLog;
import io.jigress.waf.filter.CoreRuleSet;
import io.jigress.waf.filter.WafFactory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/// All filters of the gateway: the built-in ones and those with a room of their own.
public final class Filters {
    private Filters() {}

    /// For a running gateway.
    ///
    /// @param folder the base of relative paths in the settings
    /// @param hosts of plugins, whose owner closes them
    /// @param texts delivers rules of Sentinel that are stored in registries
    public static List<FilterFactory<?>> all(Settings settings, Path folder, AuditLog audit, SentinelEngine engine,
            RuleFeed texts, PluginHosts hosts) {
        return with(new WafFactory(() -> coreRuleSet(settings, folder), heldBytes(settings), compiler(), audit),
                SentinelFactory.of(engine, texts), hosts);
    }

    /// For validating configurations: filters with a slow preparation are not prepared.
    public static List<FilterFactory<?>> ofChecks(Settings settings, Path folder) {
        return with(WafFactory.ofChecks(() -> coreRuleSet(settings, folder), heldBytes(settings)), SentinelFactory.ofChecks(),
                PluginHosts.ofChecks(settings));
    }

    /// Those that come with the gateway, for validating configurations, without match rules.
    public static List<FilterFactory<?>> builtin(Settings settings, Path folder) {
        return builtin(WafFactory.ofChecks(() -> coreRuleSet(settings, folder), heldBytes(settings)), SentinelFactory.ofChecks());
    }

    private static List<FilterFactory<?>> builtin(WafFactory waf, SentinelFactory sentinel) {
        List<FilterFactory<?>> all = new ArrayList<>(BuiltinFilters.all());
        all.add(waf);
        all.add(sentinel);
        all.add(new GrpcJsonFactory());
        return List.copyOf(all);
    }

    private static List<FilterFactory<?>> with(WafFactory waf, SentinelFactory sentinel, PluginHosts hosts) {
        // A hosted plugin gets its match rules as they are.
        return Stream.concat(builtin(waf, sentinel).stream().map(RuledFactory::of), hosts.factories().stream())
                .<FilterFactory<?>>map(each -> each).toList();
    }

    public static int heldBytes(Settings settings) {
        return Math.toIntExact(settings.value(KnownSettings.LIMITS_HELD_BYTES));
    }

    public static Optional<CoreRuleSet> coreRuleSet(Settings settings, Path folder) {
        String path = settings.value(KnownSettings.WAF_CRS);
        return path.isEmpty() ? Optional.empty() : CoreRuleSet.in(folder.resolve(path));
    }

    /// One thread, which ends when idle: compiling a rule set takes seconds of CPU time and much memory.
    private static Executor compiler() {
        ThreadPoolExecutor executor = new ThreadPoolExecutor(1, 1, 10, TimeUnit.SECONDS, new LinkedBlockingQueue<>(),
                task -> Thread.ofPlatform().daemon().name("waf-compiler").unstarted(task));
        executor.allowCoreThreadTimeOut(true);
        return executor;
    }
}
