package io.jigress.sources.manifest;

import io.jigress.api.Json;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The positions of the parts of trees in their text. The position of a member is that of its name.
final class Marks {
    private final IdentityHashMap<Json, Map<String, Position>> members = new IdentityHashMap<>();
    private final IdentityHashMap<Json, List<Position>> items = new IdentityHashMap<>();

    void put(Json.Obj object, Map<String, Position> positions) {
        members.put(object, positions);
    }

    void put(Json.Arr array, List<Position> positions) {
        items.put(array, positions);
    }

    /// Copies the positions of an object to one that was derived from it.
    void copy(Json.Obj from, Json.Obj to) {
        members.put(to, members.getOrDefault(from, Map.of()));
    }

    /// Null when the member comes from elsewhere (a YAML merge).
    @Nullable Position member(Json.Obj object, String name) {
        return members.getOrDefault(object, Map.of()).get(name);
    }

    @Nullable Position item(Json.Arr array, int index) {
        List<Position> positions = items.getOrDefault(array, List.of());
        return index < positions.size() ? positions.get(index) : null;
    }
}
