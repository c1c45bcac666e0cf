package io.jigress.sources.manifest;

import io.jigress.api.Json;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Remembers where the parts of trees stood in their text. A member stands where its name does.
final class Marks {
    private final IdentityHashMap<Json, Map<String, Position>> members = new IdentityHashMap<>();
    private final IdentityHashMap<Json, List<Position>> items = new IdentityHashMap<>();

    void put(Json.Obj object, Map<String, Position> positions) {
        members.put(object, positions);
    }

    void put(Json.Arr array, List<Position> positions) {
        items.put(array, positions);
    }

    /// Lets an object that was made from another have the positions of that.
    void copy(Json.Obj from, Json.Obj to) {
        members.put(to, members.getOrDefault(from, Map.of()));
    }

    /// Null where a member came from elsewhere (a YAML merge).
    @Nullable Position member(Json.Obj object, String name) {
        return members.getOrDefault(object, Map.of()).get(name);
    }

    @Nullable Position item(Json.Arr array, int index) {
        List<Position> positions = items.getOrDefault(array, List.of());
        return index < positions.size() ? positions.get(index) : null;
    }
}
