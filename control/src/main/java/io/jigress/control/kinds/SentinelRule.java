package io.jigress.control.kinds;

import io.jigress.api.Json;
import io.jigress.api.JsonReader;
import io.jigress.api.NearestName;
import io.jigress.control.ResourceKey;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// A SentinelRule (`jigress.io/v1`): rules of Sentinel for the routes that it is attached to.
///
/// ```yaml
/// apiVersion: jigress.io/v1
/// kind: SentinelRule
/// metadata: {name: checkout, namespace: shop}
/// spec:
///   targetRefs:              # Gateway, HTTPRoute, Ingress of the same namespace
///     - {kind: HTTPRoute, name: shop, sectionName: checkout}
///   resource: checkout       # optional: the name of all requests of the targets together
///   flowRules: [{count: 100}]
///   dashboard: true          # optional: also the rules that a dashboard of Sentinel sets
///   nacos:                   # optional: further rules, from data ids of a Registry of the same namespace
///     registry: {name: nacos}
///     flowRules: checkout-flow
/// ```
///
/// It attaches the filter `sentinel` as a [Plugin] would; its fields other than `targetRefs` are the filter's configuration.
final class SentinelRule {
    static final String FILTER = "sentinel";
    /// Rules of data ids.
    static final String NACOS = "nacos";
    private static final String TARGET_REFS = "targetRefs";
    private static final String REGISTRY = "registry";
    private static final String RESOURCE = "resource";
    private static final Set<String> TARGETS = Set.of("Gateway", "HTTPRoute", "GRPCRoute", "Ingress");

    private SentinelRule() {}

    static Plugin read(Document document) {
        JsonReader spec = document.spec();
        boolean valid = !document.failedSince(0);
        List<TargetRef> targets = TargetRef.read(document, spec, TARGETS);
        Map<String, Json> config = new LinkedHashMap<>();
        int mark = document.mark();
        spec.json().members().forEach((field, value) -> {
            if (NearestName.of(field, List.of(TARGET_REFS)).isEmpty() && !field.equals(TARGET_REFS)) {
                config.put(field, field.equals(NACOS) ? inNamespace(document, spec.object(NACOS)) : value);
            }
        });
        // Without a name of its own, the object is the resource: all its targets share it.
        config.putIfAbsent(RESOURCE, Json.of(document.resource().key().toString()));
        spec.ignore(spec.json().members().keySet().toArray(String[]::new));
        valid &= !document.failedSince(mark);
        return new Plugin(FILTER, null, null, new Json.Obj(config), targets, valid);
    }

    /// The filter knows neither the namespace nor the cluster of its object: the Registry is named in full, as [ResourceKey#path].
    private static Json inNamespace(Document document, JsonReader nacos) {
        if (nacos.any(REGISTRY) instanceof Json.Str(String name)) {
            nacos.error(REGISTRY, "is of type string: \"" + name + "\"", "registry: {name: " + name + "}");
            return new Json.Obj(Map.of(REGISTRY, Json.object().put("name", name).build(), "flowRules", Json.of(name)));
        }
        JsonReader registry = nacos.object(REGISTRY);
        String written = registry.text("namespace", document.namespace());
        if (!written.equals(document.namespace())) {
            registry.error("namespace", "is \"" + written + "\", another namespace",
                    "none: the Registry is one of the same namespace");
        }
        Map<String, Json> full = new LinkedHashMap<>(registry.json().members());
        full.put("namespace", Json.of(document.namespace()));
        String name = registry.text("name", "");
        String cluster = document.resource().key().cluster();
        if (name.contains("@")) {
            registry.error("name", "is \"" + name + "\"", "the name of a Registry, without @");
        } else if (!name.isEmpty() && !cluster.isEmpty()) {
            full.put("name", Json.of(name + "@" + cluster));
        }
        Map<String, Json> source = new LinkedHashMap<>(nacos.json().members());
        source.put(REGISTRY, new Json.Obj(full));
        return new Json.Obj(source);
    }
}
