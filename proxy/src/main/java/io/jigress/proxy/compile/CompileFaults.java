package io.jigress.proxy.compile;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Messages about what cannot be compiled, in the whole configuration and in the change that is being applied. For the applying thread.
final class CompileFaults {
    private final Map<Place, List<String>> byPlace = new LinkedHashMap<>();
    private List<String> ofChange = new ArrayList<>();

    void beginChange() {
        ofChange = new ArrayList<>();
    }

    /// The faults found since the last [#beginChange].
    List<String> ofChange() {
        return List.copyOf(ofChange);
    }

    /// @param found all faults at this place now; may be empty
    void report(Place place, List<String> found) {
        ofChange.addAll(found);
        if (found.isEmpty()) {
            byPlace.remove(place);
        } else {
            byPlace.put(place, found);
        }
    }

    void remove(Place place) {
        byPlace.remove(place);
    }

    void clear() {
        byPlace.clear();
    }

    List<String> all() {
        return byPlace.values().stream().flatMap(List::stream).toList();
    }
}
