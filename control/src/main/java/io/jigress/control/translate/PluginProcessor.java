package io.jigress.control.translate;

import io.jigress.api.JsonReader;
import io.jigress.api.NearestName;
import io.jigress.api.Json;
import io.jigress.config.FilterCatalog;
import io.jigress.config.FilterSpec;
import io.jigress.control.Problem;
import io.jigress.control.Problem.Severity;
import io.jigress.control.Resource;
import io.jigress.control.ResourceKey;
import io.jigress.control.kinds.Document;
import io.jigress.control.kinds.Gateway;
import io.jigress.control.kinds.Plugin;
import io.jigress.control.kinds.TargetRef;
import io.jigress.config.PersistentMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Plugins, and SentinelRules as the Plugins that they stand for: checked against the catalog of filters, then attached to their targets; old and new targets are translated again.
final class PluginProcessor implements KindProcessor {
    private static final String SENTINEL = "sentinel";

    private final TranslationIndex index;
    private final PendingWork pendingWork;
    private final Targets targets;
    private final FilterCatalog catalog;
    private final Uses uses;
    private final Uses registryUsers = new Uses();
    /// The catalog's errors by Plugin; only Plugins with errors.
    private PersistentMap<ResourceKey, List<Problem>> faults = PersistentMap.empty();

    PluginProcessor(TranslationIndex index, PendingWork pendingWork, Targets targets, FilterCatalog catalog, Uses uses) {
        this.index = index;
        this.pendingWork = pendingWork;
        this.targets = targets;
        this.catalog = catalog;
        this.uses = uses;
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
        follow(key, old, index.plugins.get(key));
        faults = faults.without(key);
        index.pluginFilters = index.pluginFilters.without(key);
        pendingWork.touch(key);
        Table.Entry<Plugin> now = index.plugins.entry(key);
        if (now != null) {
            FilterCatalog.Entry known = catalog.entry(now.value().filter());
            // When the validation throws, the Plugin is treated as invalid.
            file(now, new PluginFilter(now.value().filter(), key.toString(), null, known == null || known.protects()));
            targets.touch(now.value().targets(), index.filters);
            file(now, check(now, known));
        }
    }

    /// Follows the Registry that rules of Sentinel name, which need not exist yet.
    private void follow(ResourceKey key, @Nullable Plugin old, @Nullable Plugin now) {
        ResourceKey before = old == null ? null : SentinelReferences.registry(key, old);
        ResourceKey after = now == null ? null : SentinelReferences.registry(key, now);
        if (before != null) {
            registryUsers.remove(registryUsers.node(before), key);
        }
        if (after != null) {
            registryUsers.add(registryUsers.node(after), key);
        }
    }

    /// A Registry was created, changed or removed.
    void registryChanged(ResourceKey registry) {
        registryUsers.forEachUser(registry, key -> {
            Table.Entry<Plugin> entry = index.plugins.entry(key);
            if (entry != null) {
                faults = faults.without(key);
                file(entry, check(entry, catalog.entry(entry.value().filter())));
                targets.touch(entry.value().targets(), index.filters);
                pendingWork.touch(key);
                pendingWork.report(key);
            }
        });
    }

    private void file(Table.Entry<Plugin> entry, PluginFilter filter) {
        index.pluginFilters = index.pluginFilters.with(entry.key(), filter);
        index.filters.detach(entry.key(), entry.value().targets());
        // A Plugin that protects closes the probable target of an invalid reference; other Plugins ignore it.
        Map<Boolean, List<TargetRef>> targetsByValid = entry.value().targets().stream()
                .collect(Collectors.partitioningBy(TargetRef::valid));
        index.filters.attach(entry.resource(), filter, targetsByValid.getOrDefault(true, List.of()));
        index.filters.attach(entry.resource(), filter.broken(), targetsByValid.getOrDefault(false, List.of()));
    }

    private PluginFilter check(Table.Entry<Plugin> entry, FilterCatalog.@Nullable Entry known) {
        Plugin plugin = entry.value();
        String origin = entry.key().toString();
        boolean own = isSentinelRule(entry.key());
        List<JsonReader.Issue> issues = plugin.filter().isEmpty()
                ? List.of()
                : issues(catalog, plugin, configPath(entry.key()));
        if (plugin.valid() && plugin.filter().equals(SENTINEL) && issues.stream().noneMatch(JsonReader.Issue::error)) {
            issues = Stream.concat(issues.stream(),
                    SentinelReferences.issues(entry.key(), plugin, configPath(entry.key()), index.registries::get).stream())
                    .toList();
        }
        fault(entry, issues);
        if (known == null) {
            // An unknown filter may be meant to protect.
            return new PluginFilter(plugin.filter(), origin, null, true);
        }
        if (!plugin.valid() || issues.stream().anyMatch(JsonReader.Issue::error)) {
            return new PluginFilter(plugin.filter(), origin, null, known.protects());
        }
        FilterSpec spec = new FilterSpec(plugin.filter(), (own ? "sentinelrule/" : "plugin/") + entry.key().path(),
                plugin.phase() == null ? known.phase() : plugin.phase(),
                plugin.priority() == null ? known.priority() : plugin.priority(), plugin.config(),
                origin);
        return new PluginFilter(plugin.filter(), origin, spec, known.protects());
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

    private static boolean isSentinelRule(ResourceKey key) {
        return key.kind().equals(Plugin.SENTINEL_RULE);
    }

    /// Where an object has the configuration of its filter.
    static String configPath(ResourceKey key) {
        return isSentinelRule(key) ? "spec" : "spec.config";
    }

    /// The problems that the filter finds in the configuration of a Plugin.
    ///
    /// @param path of its configuration
    static List<JsonReader.Issue> issues(FilterCatalog catalog, Plugin plugin, String path) {
        return catalog.entry(plugin.filter()) != null
                ? catalog.check(plugin.filter(), path, plugin.config())
                : List.of(new JsonReader.Issue("spec.name",
                        "is \"" + plugin.filter() + "\", which is not a known filter"
                                + NearestName.hint(plugin.filter(), catalog.names()),
                        "one of " + String.join(", ", catalog.names().stream().sorted().toList()), true));
    }

    private void fault(Table.Entry<Plugin> entry, List<JsonReader.Issue> issues) {
        if (!issues.isEmpty()) {
            faults = faults.with(entry.key(), Document.problems(entry.resource(), issues));
        }
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
        Findings findings = new Findings(entry.resource(), entry.problems());
        List<Problem> ofCatalog = faults.get(key);
        if (ofCatalog != null) {
            ofCatalog.forEach(findings::add);
        }
        List<TargetRef> all = entry.value().targets();
        boolean effective = uses.isUsed(key) || all.stream().anyMatch(targets::exists);
        if (all.isEmpty() && !effective
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
                    other -> other.counts() && !other.filter().isEmpty() && other.filter().equals(filter.filter()));
            if (older != null && filter.counts() && targets.exists(target)) {
                findings.warning(target.path(), "names " + Targets.show(target) + ", to which " + older.owner()
                        + " attaches the same filter; that one is older and wins", "one Plugin per filter and target");
            }
        }
        reports.problems(key, findings.list());
        Json condition = filter.spec() == null
                ? Conditions.condition("Accepted", false, "Invalid", "The filter or its configuration is invalid",
                        entry.generation())
                : Conditions.condition("Accepted", true, "Accepted", "The object is valid", entry.generation());
        reports.status(key, Json.object().put("conditions", Json.array(List.of(condition))).build());
    }
}
