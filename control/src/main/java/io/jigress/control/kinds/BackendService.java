package io.jigress.control.kinds;

import io.jigress.api.JsonReader;
import io.jigress.control.RegistryService;
import io.jigress.control.ResourceKey;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// `spec.service` of a Backend: a service of a registry.
///
/// ```yaml
/// service:
///   registry: nacos              # a Registry
///   registryNamespace: infra     # where that is; the Backend's own namespace when it is left out
///   name: orders
///   group: DEFAULT_GROUP         # Nacos; this one when it is left out. ZooKeeper: the group of a Dubbo interface
///   version: 1.0.0               # ZooKeeper: the version of a Dubbo interface
///   tag: blue                    # Consul: only instances with this tag
///   datacenter: dc2              # Consul: instead of the one that the Registry names
///   clusters: [hz]               # Nacos: only instances of these clusters
///   lookup: vip                  # Eureka: the name is a VIP name (vip, secureVip), and not an application
///   port: 8080                   # DNS: of names that have addresses and no SRV records
/// ```
///
/// @param registry the Registry object
public record BackendService(ResourceKey registry, RegistryService service) {

    private static final List<String> LOOKUPS = List.of("application", "vip", "secureVip");

    /// Null when a field is invalid.
    static @Nullable BackendService read(Document document, JsonReader spec) {
        int mark = document.mark();
        JsonReader reader = spec.object("service");
        String registry = reader.requiredText("registry");
        String namespace = reader.text("registryNamespace", document.namespace());
        String name = reader.requiredText("name");
        Map<String, String> parameters = new LinkedHashMap<>();
        for (String field : List.of("group", "version", "tag", "datacenter")) {
            String value = reader.text(field, "");
            if (!value.isEmpty()) {
                parameters.put(field, value);
            }
        }
        if (reader.has("lookup")) {
            String lookup = reader.choice("lookup", "application", word -> LOOKUPS.contains(word) ? word : null,
                    "one of " + String.join(", ", LOOKUPS));
            if (!lookup.equals("application")) {
                parameters.put("lookup", lookup);
            }
        }
        if (reader.has("port")) {
            parameters.put("port", Long.toString(reader.integer("port", 1, 1, 65535)));
        }
        List<String> clusters = reader.texts("clusters").stream().distinct().sorted().toList();
        if (!clusters.isEmpty()) {
            parameters.put("clusters", String.join(",", clusters));
        }
        reader.finish();
        if (document.failedSince(mark)) {
            return null;
        }
        ResourceKey key = document.reference(Kinds.JIGRESS, "Registry", namespace, registry);
        return new BackendService(key, RegistryService.of(key, name, parameters));
    }
}
