package io.jigress.control.kinds;

import io.jigress.api.JsonReader;
import io.jigress.control.ResourceKey;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/// What a Plugin or a TrafficPolicy attaches to, in its own namespace.
///
/// @param section a listener of a Gateway, a named rule of an HTTPRoute, or empty for the whole object
/// @param path of the reference in its object
public record TargetRef(ResourceKey key, String section, String path) {

    /// Reads `targetRefs`; kinds outside `kinds` are errors.
    static List<TargetRef> read(Document document, JsonReader spec, Set<String> kinds) {
        List<TargetRef> targets = new ArrayList<>();
        for (JsonReader item : spec.objects("targetRefs")) {
            int mark = document.mark();
            String kind = item.requiredText("kind");
            String group = item.text("group", group(kind));
            String name = item.requiredText("name");
            String section = item.text("sectionName", "");
            if (!kind.isEmpty() && (!kinds.contains(kind) || !group.equals(group(kind)))) {
                item.error("kind", "is \"" + Kinds.show(group, kind) + "\"",
                        "one of " + String.join(", ", kinds.stream().sorted().toList()));
            } else if (!section.isEmpty() && !kind.equals("Gateway") && !kind.equals("HTTPRoute")) {
                item.warning("sectionName", "has no effect on a target of kind " + kind,
                        "a Gateway's listener or an HTTPRoute's rule");
                section = "";
            }
            item.finish();
            if (!document.failedSince(mark)) {
                targets.add(new TargetRef(new ResourceKey(group, kind, document.namespace(), name), section, item.path()));
            }
        }
        return List.copyOf(targets);
    }

    private static String group(String kind) {
        return switch (kind) {
            case "Gateway", "HTTPRoute" -> Kinds.GATEWAY_API;
            case "Ingress" -> Kinds.NETWORKING;
            case "Backend" -> Kinds.JIGRESS;
            default -> Kinds.CORE;
        };
    }
}
