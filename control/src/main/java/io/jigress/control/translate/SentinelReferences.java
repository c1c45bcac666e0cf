package io.jigress.control.translate;

import io.jigress.api.Json;
import io.jigress.api.JsonReader.Issue;
import io.jigress.api.NearestName;
import io.jigress.control.ResourceKey;
import io.jigress.control.kinds.Kinds;
import io.jigress.control.kinds.Plugin;
import io.jigress.control.kinds.Registry;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// The references in rules of Sentinel that the filter itself cannot check: the Registry, and the routes that the rules are for. A wrong reference is an
/// error that closes the targets, since they would not be limited.
final class SentinelReferences {
    private static final String RESOURCE = "resource";
    /// A route, or an object with routes, as `explain` shows it.
    private static final Pattern ROUTE = Pattern.compile("[A-Z][A-Za-z0-9]* [^/ ]+/[^/ ]+( .+)?");
    private static final Set<String> ROUTES = Set.of("HTTPRoute", "Ingress");
    private static final List<String> RULES = List.of("gatewayFlowRules", "flowRules", "degradeRules", "authorityRules");

    private SentinelReferences() {}

    /// The Registry with further rules; null for none.
    static @Nullable ResourceKey registry(ResourceKey rule, Plugin plugin) {
        return rule.kind().equals(Plugin.SENTINEL_RULE) && member(plugin.config(), "nacos") instanceof Json.Obj nacos
                && member(nacos, "registry") instanceof Json.Obj registry
                && member(registry, "name") instanceof Json.Str(String name)
                        ? ResourceKey.ofPath(Kinds.JIGRESS, "Registry", rule.namespace() + "/" + name)
                        : null;
    }

    /// @param path of the configuration in its object
    static List<Issue> issues(ResourceKey rule, Plugin plugin, String path,
            Function<ResourceKey, @Nullable Registry> registries) {
        List<Issue> issues = new ArrayList<>();
        ResourceKey key = registry(rule, plugin);
        Registry registry = key == null ? null : registries.apply(key);
        String field = path + ".nacos.registry.name";
        if (key != null && registry == null) {
            issues.add(new Issue(field, "is \"" + key.name() + "\", and there is no " + key, "the name of a Registry", true));
        } else if (key != null && registry != null && registry.valid() && registry.type() != Registry.Type.NACOS) {
            issues.add(
                    new Issue(field, "is \"" + key.name() + "\", a Registry of another type", "a Registry of type nacos", true));
        }
        boolean whole = member(plugin.config(), "nacos") == null
                && !Json.of(true).equals(member(plugin.config(), "dashboard"));
        if (whole && RULES.stream().allMatch(list -> member(plugin.config(), list) == null)
                && member(plugin.config(), "systemRules") == null) {
            issues.add(new Issue(path, "has no rules and limits nothing",
                    "rules in one of " + String.join(", ", RULES) + ", systemRules", false));
        }
        if (whole) {
            RULES.forEach(list -> names(plugin.config(), path, list, issues));
        }
        if (!plugin.targets().isEmpty()
                && plugin.targets().stream().allMatch(target -> target.valid() && ROUTES.contains(target.key().kind()))) {
            Set<String> targets = plugin.targets().stream().map(target -> target.key().toString()).collect(Collectors.toSet());
            RULES.forEach(list -> routes(plugin.config(), path, list, targets, issues));
        }
        return issues;
    }

    /// Rules for routes of other objects than those to which they are attached.
    private static void routes(Json config, String path, String list, Set<String> targets, List<Issue> issues) {
        if (!(member(config, list) instanceof Json.Arr(List<Json> rules))) {
            return;
        }
        for (int i = 0; i < rules.size(); i++) {
            if (!(member(rules.get(i), RESOURCE) instanceof Json.Str(String resource))) {
                continue;
            }
            String[] words = resource.split(" ", 3);
            String object = words.length < 2 ? "" : words[0] + " " + words[1];
            if (words.length > 1 && ROUTES.contains(words[0]) && !targets.contains(object)) {
                issues.add(new Issue(path + "." + list + "[" + i + "].resource",
                        "is \"" + resource + "\", and targetRefs does not name " + object + ", so that the rule would not limit"
                                + NearestName.hint(object, targets),
                        "a route of the targets: " + String.join(", ", targets.stream().sorted().toList()), true));
            }
        }
    }

    /// Rules for a name that no request has.
    private static void names(Json config, String path, String list, List<Issue> issues) {
        if (!(member(config, list) instanceof Json.Arr(List<Json> rules))) {
            return;
        }
        Set<String> apis = new TreeSet<>();
        if (member(config, "apiDefinitions") instanceof Json.Arr(List<Json> groups)) {
            groups.forEach(group -> {
                if (member(group, "apiName") instanceof Json.Str(String name)) {
                    apis.add(name);
                }
            });
        }
        for (int i = 0; i < rules.size(); i++) {
            if (member(rules.get(i), RESOURCE) instanceof Json.Str(String name) && !name.isEmpty() && !apis.contains(name)
                    && !Json.of(name).equals(member(config, RESOURCE)) && !ROUTE.matcher(name).matches()) {
                issues.add(new Issue(path + "." + list + "[" + i + "].resource", "is \"" + name
                        + "\", which is neither the name of a route nor an API group of this object, so that the rule would not limit"
                        + NearestName.hint(name, apis),
                        "a name that explain shows, such as HTTPRoute default/shop rule 0, or an apiName of apiDefinitions",
                        true));
            }
        }
    }

    private static @Nullable Json member(Json json, String name) {
        return json instanceof Json.Obj(Map<String, Json> members) ? members.get(name) : null;
    }
}
