package io.jigress.sources.kubernetes;

import io.jigress.control.ResourceKey;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// Objects that wait for something. The namespaces take turns, so that many objects of one do not delay those of another. For one thread.
final class FairQueue {
    /// The namespace whose turn is next first; none is empty.
    private final Map<String, Set<ResourceKey>> namespaces = new LinkedHashMap<>();

    /// @return whether it was not in the queue yet
    boolean add(ResourceKey key) {
        return namespaces.computeIfAbsent(key.namespace(), _ -> new LinkedHashSet<>()).add(key);
    }

    boolean isEmpty() { return namespaces.isEmpty(); }

    void clear() {
        namespaces.clear();
    }

    /// Removes the next objects, at most this number.
    List<ResourceKey> take(int count) {
        List<ResourceKey> taken = new ArrayList<>();
        while (taken.size() < count && !namespaces.isEmpty()) {
            Iterator<Map.Entry<String, Set<ResourceKey>>> first = namespaces.entrySet().iterator();
            Map.Entry<String, Set<ResourceKey>> turn = first.next();
            String namespace = turn.getKey();
            Set<ResourceKey> keys = turn.getValue();
            first.remove();
            Iterator<ResourceKey> next = keys.iterator();
            taken.add(next.next());
            next.remove();
            if (!keys.isEmpty()) {
                namespaces.put(namespace, keys);
            }
        }
        return taken;
    }
}
