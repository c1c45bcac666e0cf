package io.jigress.control.translate;

import io.jigress.config.PersistentMap;
import java.util.List;

/// Counts the routes on each listener of a Gateway, for its status.
final class AttachedRoutes {
    private PersistentMap<String, Integer> counts = PersistentMap.empty();

    int count(String section) {
        Integer count = counts.get(section);
        return count == null ? 0 : count;
    }

    void add(List<String> sections, int by) {
        for (String section : sections) {
            int next = count(section) + by;
            counts = next == 0 ? counts.without(section) : counts.with(section, next);
        }
    }
}
