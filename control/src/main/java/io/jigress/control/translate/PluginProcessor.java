package io.jigress.control.translate;

import io.jigress.api.JsonReader;
import io.jigress.api.NearestName;
import io.jigress.api.Json;
import io.jigress.config.Cluster;
import io.jigress.config.FilterCatalog;
import io.jigress.config.FilterSpec;
import io.jigress.control.Problem.Severity;
import io.jigress.control.Resource;
import io.jigress.control.ResourceKey;
import io.jigress.control.kinds.Document;
import io.jigress.control.kinds.Gateway;
import io.jigress.control.kinds.Plugin;
import io.jigress.control.kinds.TargetRef;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Plugins, and SentinelRules as the Plugins that they stand for: checked against the catalog of filters, then attached to their targets; old and new targets are translated again.
/// They contribute the clusters that they call.
final class PluginProcessor implements RouteProcessor {
    private static final String SENTINEL = "sentinel";
    private static final Pattern RULE = Pattern.compile("^spec\\.(?:c|defaultC)onfig\\._rules_(\\[\\d+])");

    private final TranslationIndex index;
    private final PendingWork pendingWork;
    private final Targets targets;
    private final FilterCatalog catalog;
    private final Uses uses;
    private final Assembly assembly;
    private final ClusterTable clusters;

    PluginProcessor(TranslationIndex index, PendingWork pendingWork, Targets targets, FilterCatalog catalog, Uses uses,
            Assembly assembly, ClusterTable clusters) {
        this.index = index;
        this.pendingWork = pendingWork;
        this.targets = targets;
        this.catalog = catalog;
        this.uses = uses;
        this.assembly = assembly;
        this.clusters = clusters;
    }

    @Override
    public void changed(ResourceKey key, @Nullable Resource before, @Nullable Resource after) {
        Plugin old = index.plugins.get(key);
        boolean aged = before != null && after != null && before.created() != after.created();
        if (!index.plugins.put(key, after) && !aged) {
            return;
        }
        if (old != null) {
            index.filters.detach(key, old.targets());
            targets.touch(old.targets(), index.filters);
        }
        index.pluginFilters = index.pluginFilters.without(key);
        pendingWork.touch(key);
        Table.Entry<Plugin> now = index.plugins.entry(key);
        if (now != null) {
            // When the translation throws, the Plugin is treated as invalid.
            file(now, invalid(now));
        }
        pendingWork.route(key);
    }

    @Override
    public Contribution translate(Resource resource, Reports reports) {
        Table.Entry<Plugin> entry = index.plugins.entry(resource.key());
        RouteBuild build = new RouteBuild(resource, uses, entry == null ? List.of() : entry.problems());
        if (entry != null) {
            PluginFilter filter = filter(entry, build);
            if (!filter.equals(index.pluginFilters.get(entry.key()))) {
                file(entry, filter);
            }
        }
        return build.finish();
    }

    private void file(Table.Entry<Plugin> entry, PluginFilter filter) {
        index.pluginFilters = index.pluginFilters.with(entry.key(), filter);
        index.filters.detach(entry.key(), entry.value().targets());
        // A Plugin that protects closes the probable target of an invalid reference; other Plugins ignore it.
        Map<Boolean, List<TargetRef>> targetsByValid = entry.value().targets().stream()
                .collect(Collectors.partitioningBy(TargetRef::valid));
        index.filters.attach(entry.resource(), filter, targetsByValid.getOrDefault(true, List.of()));
        index.filters.attach(entry.resource(), filter.broken(), targetsByValid.getOrDefault(false, List.of()));
        targets.touch(entry.value().targets(), index.filters);
        pendingWork.touch(entry.key());
    }

    private PluginFilter invalid(Table.Entry<Plugin> entry) {
        Plugin plugin = entry.value();
        FilterCatalog.Entry known = catalog.entry(plugin.filter());
        // An unknown filter may be meant to protect.
        boolean protects = plugin.hosted() == null
                ? known == null || known.protects()
                : plugin.hosted().onFailure() != FilterSpec.OnFailure.OPEN;
        return new PluginFilter(plugin.filter(), plugin.identity(), entry.key().toString(), null, protects);
    }

    private PluginFilter filter(Table.Entry<Plugin> entry, RouteBuild build) {
        Plugin plugin = entry.value();
        PluginFilter invalid = invalid(entry);
        ResourceKey registry = SentinelReferences.registry(entry.key(), plugin);
        if (registry != null) {
            build.use(registry);
        }
        PluginNeeds needs = PluginNeeds.resolve(index, new ClusterResolver(index, clusters), build, plugin);
        PluginSecrets secrets = PluginSecrets.resolve(index, build, plugin);
        boolean complete = needs.complete() && secrets.complete();
        List<JsonReader.Issue> issues = plugin.filter().isEmpty() || !complete
                ? List.of()
                : secrets.hide(issues(catalog, plugin, secrets.values().into(needs.config()), configPath(entry.key(), plugin)));
        boolean valid = plugin.valid() && complete && issues.stream().noneMatch(JsonReader.Issue::error);
        if (valid && plugin.filter().equals(SENTINEL)) {
            List<JsonReader.Issue> references = SentinelReferences.issues(entry.key(), plugin,
                    configPath(entry.key(), plugin), index.registries::get);
            valid = references.stream().noneMatch(JsonReader.Issue::error);
            issues = Stream.concat(issues.stream(), references.stream()).toList();
        }
        Document.problems(entry.resource(), issues).forEach(build.findings()::add);
        FilterCatalog.Entry known = catalog.entry(plugin.filter());
        if (known == null || !valid) {
            return invalid;
        }
        needs.clusters().forEach(build::cluster);
        FilterSpec spec = new FilterSpec(plugin.filter(), plugin.identity(),
                scope(entry.key()),
                plugin.phase() == null ? known.phase() : plugin.phase(),
                plugin.priority() == null ? known.priority() : plugin.priority(), needs.config(), secrets.values(),
                invalid.origin(),
                plugin.hosted() == null ? FilterSpec.OnFailure.BY_KIND : plugin.hosted().onFailure(),
                needs.clusters().stream().map(Cluster::name).distinct().toList());
        return new PluginFilter(plugin.filter(), plugin.identity(), invalid.origin(), spec, invalid.protects());
    }

    /// Reports listeners of a target where filters do not run.
    private void streams(TargetRef target, PluginFilter filter, Findings findings) {
        Gateway gateway = index.gateways.get(target.key());
        List<Gateway.Listener> streams = gateway == null
                ? List.of()
                : gateway.listeners().stream().filter(Gateway.Listener::isStream)
                        .filter(listener -> target.section().isEmpty() || target.section().equals(listener.name())).toList();
        if (streams.isEmpty() || (target.section().isEmpty() && !filter.protects())) {
            return;
        }
        String names = streams.stream().map(listener -> listener.name() + " (" + listener.protocol() + ")")
                .collect(Collectors.joining(", "));
        if (target.section().isEmpty()) {
            findings.warning(target.path(), "names " + target.key() + ", on whose listeners " + names
                    + " filters do not run, so that the Plugin does not protect these", "listeners of protocol HTTP or HTTPS");
        } else {
            findings.error(target.path() + ".sectionName", "is \"" + target.section() + "\", the listener " + names
                    + ", on which filters do not run, so that " + (filter.protects() ? "it is closed" : "it has no effect there"),
                    "a listener of protocol HTTP or HTTPS");
        }
    }

    /// With the path of a match rule as it is in the Plugin.
    private static JsonReader.Issue asWritten(JsonReader.Issue issue) {
        return new JsonReader.Issue(RULE.matcher(issue.path()).replaceFirst("spec.matchRules$1.config"), issue.what(),
                issue.expected(), issue.error());
    }

    private static String accepted(ResourceKey key, PluginFilter filter) {
        return key.kind().equals(Plugin.WASM_PLUGIN) && !filter.filter().equals("wasm")
                ? "The object is valid; the built-in filter " + filter.filter() + " runs in its place"
                : "The object is valid";
    }

    private static String scope(ResourceKey key) {
        String kind = key.kind().equals(Plugin.WASM_PLUGIN) ? "plugin/wasmplugin" : isSentinelRule(key) ? "sentinelrule"
                : "plugin";
        return kind + "/" + key.path();
    }

    private static boolean isSentinelRule(ResourceKey key) {
        return key.kind().equals(Plugin.SENTINEL_RULE);
    }

    /// Where an object has the configuration of its filter.
    static String configPath(ResourceKey key, Plugin plugin) {
        if (key.kind().equals(Plugin.WASM_PLUGIN) && plugin.hosted() == null) {
            return "spec.defaultConfig";
        }
        return isSentinelRule(key) || plugin.hosted() != null ? "spec" : "spec.config";
    }

    /// The problems that the filter finds in the configuration of a Plugin.
    ///
    /// @param config complete, with what other objects have
    /// @param path of its configuration
    static List<JsonReader.Issue> issues(FilterCatalog catalog, Plugin plugin, Json config, String path) {
        return catalog.entry(plugin.filter()) != null
                ? catalog.check(plugin.filter(), path, config).stream().map(PluginProcessor::asWritten).toList()
                : plugin.hosted() != null
                        ? List.of(new JsonReader.Issue("spec.type", "is of plugins that this gateway does not host", "builtin",
                                true))
                : List.of(new JsonReader.Issue("spec.name",
                        "is \"" + plugin.filter() + "\", which is not a known filter"
                                + NearestName.hint(plugin.filter(), catalog.names()),
                        "one of " + String.join(", ", catalog.names().stream().sorted().toList()), true));
    }

    @Override
    public void report(ResourceKey key, Reports reports) {
        Table.Entry<Plugin> entry = index.plugins.entry(key);
        PluginFilter filter = index.pluginFilters.get(key);
        if (entry == null || filter == null) {
            reports.problems(key, List.of());
            reports.status(key, null);
            return;
        }
        Contribution contribution = assembly.contribution(key);
        Findings findings = new Findings(entry.resource(),
                contribution == null ? entry.problems() : contribution.problems());
        List<TargetRef> all = entry.value().targets();
        boolean effective = uses.isUsed(key) || all.stream().anyMatch(targets::exists);
        if (all.isEmpty() && !effective && !key.kind().equals(Plugin.WASM_PLUGIN)
                && entry.problems().stream().noneMatch(problem -> problem.path().startsWith("spec.target"))) {
            findings.error("spec.targetRefs",
                    "is empty, and no ExtensionRef names this " + key.kind() + ", so that it has no effect",
                    "at least one target");
        }
        Severity severity = filter.protects() || !effective ? Severity.ERROR : Severity.WARNING;
        for (TargetRef target : all) {
            if (!target.valid()) {
                continue;
            }
            targets.requireExisting(target, severity, filter.protects(), findings);
            streams(target, filter, findings);
            var older = index.filters.before(key, target,
                    other -> other.counts() && !other.filter().isEmpty() && other.identity().equals(filter.identity()));
            if (older != null && filter.counts() && targets.exists(target)) {
                findings.warning(target.path(), "names " + Targets.show(target) + ", to which " + older.owner()
                        + " attaches the same filter; that one is older and wins", "one Plugin per filter and target");
            }
        }
        reports.problems(key, findings.list());
        Json condition = filter.spec() == null
                ? Conditions.condition("Accepted", false, "Invalid", "The filter or its configuration is invalid",
                        entry.generation())
                : Conditions.condition("Accepted", true, "Accepted", accepted(key, filter), entry.generation());
        reports.status(key, Json.object().put("conditions", Json.array(List.of(condition))).build());
    }
}
