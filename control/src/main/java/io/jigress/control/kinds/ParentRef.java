package io.jigress.control.kinds;

import io.jigress.api.JsonReader;
import io.jigress.control.ResourceKey;
import java.util.ArrayList;
import java.util.List;

/// A parent of a route: a Gateway or a ListenerSet, or some of its listeners.
///
/// @param section empty for all listeners
/// @param port 0 for all ports
/// @param path of the reference in its object
public record ParentRef(ResourceKey key, String section, int port, String path) {

    /// Reads `parentRefs`. References with errors are left out.
    static List<ParentRef> read(Document document, JsonReader spec) {
        List<ParentRef> parents = new ArrayList<>();
        for (JsonReader item : spec.objects("parentRefs")) {
            int mark = document.mark();
            ResourceKey key = document.reference(item.text("group", Kinds.GATEWAY_API), item.text("kind", "Gateway"),
                    item.text("namespace", document.namespace()), item.requiredText("name"));
            String section = item.has("sectionName") ? item.requiredText("sectionName") : item.text("sectionName", "");
            ParentRef parent = new ParentRef(key, section, (int) item.integer("port", 0, 1, 65535), item.path());
            item.finishStrictly("the reference is left out");
            if (!document.failedSince(mark)) {
                parents.add(parent);
            }
        }
        return List.copyOf(parents);
    }
}
