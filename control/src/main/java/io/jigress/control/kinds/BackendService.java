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
///   group: DEFAULT_GROUP         # Nacos; this one when it is left out
///   clusters: [hz]               # Nacos: only instances of these clusters
/// ```
///
/// @param registry the Registry object
public record BackendService(ResourceKey registry, RegistryService service) {

    /// Null when a field is wrong.
    static @Nullable BackendService read(Document document, JsonReader spec) {
        int mark = document.mark();
        JsonReader reader = spec.object("service");
        String registry = reader.requiredText("registry");
        String namespace = reader.text("registryNamespace", document.namespace());
        String name = reader.requiredText("name");
        Map<String, String> parameters = new LinkedHashMap<>();
        String group = reader.text("group", "");
        if (!group.isEmpty()) {
            parameters.put("group", group);
        }
        List<String> clusters = reader.texts("clusters").stream().distinct().sorted().toList();
        if (!clusters.isEmpty()) {
            parameters.put("clusters", String.join(",", clusters));
        }
        reader.finish();
        if (document.failedSince(mark)) {
            return null;
        }
        ResourceKey key = Kinds.registry(namespace, registry);
        return new BackendService(key, RegistryService.of(key, name, parameters));
    }
}
