package io.jigress.proxy.compile;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// What cannot be compiled, in words: of the configuration as it is, and of the change that is being applied. For the applying thread.
final class CompileFaults {
    private final Map<Place, List<String>> byPlace = new LinkedHashMap<>();
    private List<String> ofChange = new ArrayList<>();

    void beginChange() {
        ofChange = new ArrayList<>();
    }

    /// Those found since the last [#beginChange].
    List<String> ofChange() {
        return List.copyOf(ofChange);
    }

    /// @param found all that is wrong there now; may be empty
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
