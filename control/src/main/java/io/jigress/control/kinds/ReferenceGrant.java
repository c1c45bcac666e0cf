package io.jigress.control.kinds;

import io.jigress.api.JsonReader;
import io.jigress.control.ResourceKey;
import java.util.ArrayList;
import java.util.List;

/// A ReferenceGrant: which objects of other namespaces may refer to which objects of this one.
public record ReferenceGrant(List<From> from, List<To> to) {

    public record From(String group, String kind, String namespace) {}

    /// @param name empty for all objects of the kind
    public record To(String group, String kind, String name) {}

    public static ReferenceGrant read(Document document) {
        JsonReader spec = document.spec();
        List<From> from = new ArrayList<>();
        for (JsonReader item : spec.objects("from")) {
            int mark = document.mark();
            From one = new From(item.text("group", ""), item.requiredText("kind"), item.requiredText("namespace"));
            item.finishStrictly("it permits nothing");
            if (!document.failedSince(mark)) {
                from.add(one);
            }
        }
        List<To> to = new ArrayList<>();
        for (JsonReader item : spec.objects("to")) {
            int mark = document.mark();
            // An empty name would permit every object of the kind.
            String name = item.has("name") ? item.requiredText("name") : item.text("name", "");
            To one = new To(item.text("group", ""), item.requiredText("kind"), name);
            item.finishStrictly("it permits nothing");
            if (!document.failedSince(mark)) {
                to.add(one);
            }
        }
        if ((from.isEmpty() || to.isEmpty()) && !document.failedSince(0)) {
            spec.error(from.isEmpty() ? "from" : "to", "is empty", "at least one item");
        }
        spec.finish();
        return new ReferenceGrant(List.copyOf(from), List.copyOf(to));
    }

    public boolean permits(ResourceKey referrer, ResourceKey target) {
        return from.contains(new From(referrer.group(), referrer.kind(), referrer.namespace()))
                && (to.contains(new To(target.group(), target.kind(), ""))
                        || to.contains(new To(target.group(), target.kind(), target.name())));
    }
}
