package io.jigress.control.kinds;

import io.jigress.api.Json;
import io.jigress.api.JsonReader;
import io.jigress.api.NearestName;
import io.jigress.control.ResourceKey;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// A target of a Plugin or a TrafficPolicy, in its own namespace.
///
/// @param section a listener of a Gateway, a named rule of an HTTPRoute, or empty for the whole object
/// @param path of the reference in its object
/// @param valid false when the reference is invalid and `key` is the probable target: a protecting Plugin closes it, others ignore it
public record TargetRef(ResourceKey key, String section, String path, boolean valid) {
    private static final String FIELD = "targetRefs";

    /// Reads `targetRefs`, and reports fields with a similar name; kinds not in `kinds` are errors. References whose target cannot be guessed
    /// are left out.
    static List<TargetRef> read(Document document, JsonReader spec, Set<String> kinds) {
        List<TargetRef> targets = new ArrayList<>();
        items(spec, FIELD).forEach(item -> read(document, item, kinds, item.path().endsWith("]"), targets));
        for (String field : List.copyOf(spec.json().members().keySet())) {
            if (!spec.has(FIELD) && !field.equals(FIELD) && NearestName.of(field, List.of(FIELD)).isPresent()) {
                spec.error(field, "is not a known field; did you mean \"targetRefs\"?", "targetRefs, a list");
                items(spec, field).forEach(item -> read(document, item, kinds, false, targets));
            }
        }
        return List.copyOf(targets);
    }

    /// The items of a list; an object in place of a list counts as its only item.
    private static List<JsonReader> items(JsonReader spec, String field) {
        if (spec.any(field) instanceof Json.Obj) {
            if (field.equals(FIELD)) {
                spec.array(field);
            }
            return List.of(spec.object(field));
        }
        return spec.any(field) instanceof Json.Arr || field.equals(FIELD) ? spec.objects(field) : List.of();
    }

    private static void read(Document document, JsonReader item, Set<String> kinds, boolean expected, List<TargetRef> targets) {
        int mark = document.mark();
        String kind = item.requiredText("kind");
        String group = item.text("group", group(kind));
        String name = item.requiredText("name");
        String section = item.has("sectionName") ? item.requiredText("sectionName") : item.text("sectionName", "");
        if (!kind.isEmpty() && !kinds.contains(kind)) {
            item.unknown("kind", kind, kinds.stream().sorted().toList());
        } else if (!kind.isEmpty() && !group.equals(group(kind))) {
            item.error("group", "is \"" + group + "\", which has no " + kind, group(kind).isEmpty() ? "no group" : group(kind));
        } else if (!section.isEmpty() && !kind.equals("Gateway") && !isRoute(kind)) {
            item.error("sectionName", "is \"" + section + "\", and a target of kind " + kind + " has no sections",
                    "nothing, or a Gateway's listener or the rule of an HTTPRoute or GRPCRoute");
        }
        item.finishStrictly("the reference is wrong");
        boolean valid = expected && !document.failedSince(mark);
        String meant = meant(kind, kinds);
        if (meant != null && !name.isEmpty()) {
            targets.add(new TargetRef(document.reference(group(meant), meant, document.namespace(), name), valid ? section : "",
                    item.path(), valid));
        }
    }

    private static @Nullable String meant(String kind, Set<String> kinds) {
        return kinds.contains(kind) ? kind : NearestName.of(kind, kinds).orElse(null);
    }

    private static final Map<String, String> GROUPS = Map.of("Gateway", Kinds.GATEWAY_API, "Ingress", Kinds.NETWORKING, "Backend",
            Kinds.JIGRESS, "DubboService", Kinds.JIGRESS);

    private static boolean isRoute(String kind) {
        return RouteKind.of(kind) != null;
    }

    private static String group(String kind) {
        return isRoute(kind) ? Kinds.GATEWAY_API : GROUPS.getOrDefault(kind, Kinds.CORE);
    }
}
