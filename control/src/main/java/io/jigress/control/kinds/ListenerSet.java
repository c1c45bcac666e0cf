package io.jigress.control.kinds;

import io.jigress.api.JsonReader;
import io.jigress.control.ResourceKey;
import io.jigress.control.kinds.Gateway.Listener;
import java.util.ArrayList;
import java.util.List;

/// A ListenerSet: listeners for a Gateway.
public record ListenerSet(ResourceKey parent, List<Listener> listeners) {

    public static ListenerSet read(Document document) {
        JsonReader spec = document.spec();
        JsonReader ref = spec.object("parentRef");
        if (!spec.has("parentRef")) {
            spec.error("parentRef", "is missing", "the Gateway that gets the listeners");
        }
        ResourceKey parent = document.reference(ref.text("group", Kinds.GATEWAY_API), ref.text("kind", "Gateway"),
                ref.text("namespace", document.namespace()), spec.has("parentRef") ? ref.requiredText("name") : "");
        if (!Kinds.is(parent, Kinds.GATEWAY_API, "Gateway")) {
            ref.error("kind", "is \"" + Kinds.show(parent.group(), parent.kind()) + "\"", "Gateway");
        }
        ref.finish();
        int mark = document.mark();
        List<Listener> listeners = new ArrayList<>();
        List<JsonReader> items = spec.objects("listeners");
        if (items.isEmpty() && !document.failedSince(mark)) {
            spec.error("listeners", "is empty", "at least one listener");
        }
        for (int i = 0; i < items.size(); i++) {
            listeners.add(Gateway.listener(document, items.get(i), i, listeners));
        }
        spec.finish();
        return new ListenerSet(parent, List.copyOf(listeners));
    }
}
