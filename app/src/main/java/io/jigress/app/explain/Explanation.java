package io.jigress.app.explain;

import io.jigress.api.Json;
import io.jigress.api.JsonReader;
import io.jigress.app.sources.Places;
import io.jigress.app.translate.DubboMappings;
import io.jigress.config.PersistentMap;
import io.jigress.control.JsonParser;
import io.jigress.control.Problem;
import io.jigress.control.Problem.Severity;
import io.jigress.control.ReferenceHints;
import io.jigress.control.RegistryService;
import io.jigress.control.Resource;
import io.jigress.control.ResourceKey;
import io.jigress.control.ResourceSet;
import io.jigress.control.kinds.Kinds;
import io.jigress.control.kinds.Plugin;
import io.jigress.sources.dubbo.DubboDirectory;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// Adds to an explanation what the data plane does not know: the places of objects, and why references of a route cannot be resolved.
public final class Explanation {
    /// The origin of a route or filter, as the translation names it: `HTTPRoute default/shop rule 2`, `Plugin default/limit`.
    private static final Pattern ORIGIN = Pattern.compile("(\\w+) ([^/ ]+/[^ ]+)(?: rule (.+)| .*)?");
    private static final Map<String, String> GROUPS = Map.ofEntries(Map.entry("HTTPRoute", Kinds.GATEWAY_API),
            Map.entry("GRPCRoute", Kinds.GATEWAY_API), Map.entry("TCPRoute", Kinds.GATEWAY_API),
            Map.entry("TLSRoute", Kinds.GATEWAY_API), Map.entry("UDPRoute", Kinds.GATEWAY_API),
            Map.entry("Gateway", Kinds.GATEWAY_API), Map.entry("Ingress", Kinds.NETWORKING),
            Map.entry("Plugin", Kinds.JIGRESS), Map.entry(Plugin.SENTINEL_RULE, Kinds.JIGRESS),
            Map.entry("Backend", Kinds.JIGRESS), Map.entry("Service", Kinds.CORE),
            Map.entry("DubboService", Kinds.JIGRESS), Map.entry("Http2Rpc", Kinds.HIGRESS));

    private final PersistentMap<ResourceKey, Resource> resources;
    private final List<Problem> problems;
    private final Places places;
    private final @Nullable Function<String, @Nullable Json> registries;
    private final DubboMappings dubbo;

    private Explanation(ResourceSet resources, List<Problem> problems, Places places,
            @Nullable Function<String, @Nullable Json> registries, DubboMappings dubbo) {
        this.resources = resources.resources();
        this.problems = problems;
        this.places = places;
        this.registries = registries;
        this.dubbo = dubbo;
    }

    /// The same tree, in which each object with an `origin` also has its `place`, such as `routes.yaml:12`, each route with a reference that cannot be
    /// resolved has the `problems` of its backends, and each upstream whose endpoints come from a registry has the state of the registry's service.
    ///
    /// @param problems of all objects
    /// @param registries the state of a service, by its name in the directory; null without a running gateway
    /// @param dubbo the calls of Dubbo upstreams
    public static Json placed(Json explanation, ResourceSet resources, List<Problem> problems, Places places,
            @Nullable Function<String, @Nullable Json> registries, DubboMappings dubbo) {
        return new Explanation(resources, problems, places, registries, dubbo).placed(explanation,
                JsonReader.of("", explanation).object("request"));
    }

    private Json placed(Json json, JsonReader request) {
        return switch (json) {
            case Json.Obj(var members) -> {
                Json.Builder out = Json.object();
                members.forEach((name, value) -> {
                    out.put(name, placed(value, request));
                    if (name.equals("origin") && value instanceof Json.Str(String origin)) {
                        String place = place(origin);
                        if (!place.isEmpty()) {
                            out.put("place", place);
                        }
                    }
                });
                if (members.get("origin") instanceof Json.Str(String origin)
                        && members.get("targets") instanceof Json.Arr(var targets)
                        && targets.stream().anyMatch(Explanation::isUnresolved)) {
                    out.put("problems", Json.array(ofBackends(origin)));
                }
                if (members.get("directory") instanceof Json.Str(String directory)
                        && Set.of(RegistryService.DIRECTORY, RegistryService.DUBBO).contains(directory)
                        && members.get("name") instanceof Json.Str(String name)) {
                    Json registry = registries == null
                            ? null
                            : registries.apply(directory.equals(RegistryService.DUBBO) ? DubboDirectory.byInterface(name) : name);
                    if (registries == null) {
                        out.put("why",
                                "not known here, since registries are not contacted; a running gateway knows the endpoints (--admin URL)");
                    } else if (registry != null) {
                        out.put("registry", registry);
                    }
                }
                if (members.get("protocol") instanceof Json.Str(String protocol) && Set.of("dubbo", "tri").contains(protocol)
                        && members.get("config") instanceof Json.Obj(var config)
                        && config.get("service") instanceof Json.Str(String mapping)) {
                    String path = members.get("path") instanceof Json.Str(String rewritten)
                            ? rewritten
                            : request.text("path", "/");
                    Json call = dubbo.explain(mapping, request.text("method", "GET"), path);
                    if (call != null) {
                        out.put("call", call);
                    }
                }
                yield out.build();
            }
            case Json.Arr(var items) -> Json.array(items.stream().map(item -> placed(item, request)).toList());
            case Json.Str _,Json.Num _,Json.Bool _,Json.Null _ -> json;
        };
    }

    private static boolean isUnresolved(Json target) {
        return target instanceof Json.Obj(var members) && members.get("cluster") instanceof Json.Str(String cluster)
                && cluster.startsWith("unresolved/");
    }

    /// The errors of the backends of a route's rule.
    private List<Json> ofBackends(String origin) {
        Origin of = origin(origin);
        if (of == null) {
            return List.of();
        }
        List<Problem> found = problems.stream().filter(problem -> problem.resource().equals(of.resource.key())
                && problem.severity() == Severity.ERROR && problem.path().startsWith(of.path)
                && problem.path().contains("ackend")).toList();
        return ReferenceHints.complete(found, resources).stream()
                .<Json>map(problem -> Json.of(problem.path() + " " + problem.what()
                        + (problem.expected().isEmpty() ? "" : " (expected: " + problem.expected() + ")")))
                .toList();
    }

    /// @param path of the rule; empty when the origin names none
    private record Origin(Resource resource, String path) {}

    /// Null when there is no such object.
    private @Nullable Origin origin(String origin) {
        Matcher named = ORIGIN.matcher(origin);
        if (!named.matches() || !GROUPS.containsKey(named.group(1))) {
            return null;
        }
        Resource resource = resources
                .get(ResourceKey.ofPath(GROUPS.getOrDefault(named.group(1), ""), named.group(1), named.group(2)));
        return resource == null
                ? null
                : new Origin(resource, named.group(3) == null ? "" : "spec.rules[" + rule(resource, named.group(3)) + "]");
    }

    private String place(String origin) {
        Origin of = origin(origin);
        if (of == null) {
            return "";
        }
        int line = places.line(of.resource.source(), of.resource.key(), of.path);
        return of.resource.source() + (line > 0 ? ":" + line : "");
    }

    /// The index of a rule, given by index or by name.
    private static String rule(Resource resource, String rule) {
        if (JsonParser.parse(resource.json()) instanceof JsonParser.Result.Parsed(Json json)) {
            List<JsonReader> rules = JsonReader.of("", json).object("spec").objects("rules");
            for (int i = 0; i < rules.size(); i++) {
                if (rules.get(i).text("name", "").equals(rule)) {
                    return Integer.toString(i);
                }
            }
        }
        return rule;
    }
}
