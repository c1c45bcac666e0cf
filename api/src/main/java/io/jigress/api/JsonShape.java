package io.jigress.api;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// What is known of a value in a configuration: the questions that code asked a [JsonReader] about it, collected over several documents.
final class JsonShape {
    private static final String TYPE = "type";
    private static final String OBJECT = "object";
    private static final String ARRAY = "array";
    private static final String STRING = "string";
    private static final String INTEGER = "integer";
    private static final String BOOLEAN = "boolean";

    /// One run of the code over one document.
    static final class Run {
        /// Whether a list that is absent is read as one with an empty object, so that the fields of its items are found.
        final boolean fillsLists;
        private final List<Visit> visits = new ArrayList<>();

        Run(boolean fillsLists) {
            this.fillsLists = fillsLists;
        }

        /// The document was valid: none of the fields that it lacks is required.
        void valid() {
            visits.forEach(visit -> visit.shape.fields.keySet().stream()
                    .filter(field -> !visit.object.members().containsKey(field)).forEach(visit.shape.optional::add));
        }
    }

    private record Visit(JsonShape shape, Json.Obj object) {}

    private final Map<String, JsonShape> fields = new LinkedHashMap<>();
    private final Set<String> missed = new LinkedHashSet<>();
    private final Set<String> optional = new LinkedHashSet<>();
    private Run run;
    private @Nullable String type;
    private @Nullable JsonShape items;
    private @Nullable String pattern;
    private List<String> words = List.of();
    private @Nullable Long least;
    private @Nullable Long most;
    private @Nullable Json fallback;
    private boolean map;
    private boolean closed;

    JsonShape(Run run) {
        this.run = run;
    }

    /// A reader of an object of this shape begins.
    void visit(Run now, Json.Obj object) {
        run = now;
        type = OBJECT;
        now.visits.add(new Visit(this, object));
    }

    boolean fillsLists() {
        return run.fillsLists;
    }

    Run run() {
        return run;
    }

    JsonShape field(String name) {
        return fields.computeIfAbsent(name, _ -> new JsonShape(run));
    }

    JsonShape items() {
        type = ARRAY;
        JsonShape now = items == null ? new JsonShape(run) : items;
        items = now;
        return now;
    }

    void list() {
        type = ARRAY;
    }

    void string() {
        type = STRING;
    }

    void strings() {
        items().string();
    }

    void map() {
        type = OBJECT;
        map = true;
    }

    void bool() {
        type = BOOLEAN;
    }

    void whole(long from, long to) {
        type = INTEGER;
        least = from;
        most = to;
    }

    void duration() {
        type = STRING;
        pattern = "^([0-9]+(h|m|s|ms))+$";
    }

    void words(List<String> known) {
        type = STRING;
        words = known;
    }

    /// The value that counts when there is none.
    void fallback(Json value) {
        fallback = value;
    }

    /// A field was reported as missing.
    void missed(String field) {
        field(field);
        missed.add(field);
    }

    /// Unknown fields are errors.
    void close() {
        closed = true;
    }

    Set<String> names() {
        return fields.keySet();
    }

    /// A value of this shape, with every field, to run the code over.
    Json example() {
        if (fallback != null) {
            return fallback;
        }
        if (OBJECT.equals(type)) {
            Json.Builder object = Json.object();
            fields.forEach((name, shape) -> object.put(name, shape.example()));
            return object.build();
        }
        if (ARRAY.equals(type)) {
            return items == null ? Json.Arr.EMPTY : Json.array(List.of(items.example()));
        }
        if (BOOLEAN.equals(type)) {
            return Json.of(true);
        }
        if (INTEGER.equals(type)) {
            return Json.of(least == null ? 0 : least);
        }
        return Json.of(words.isEmpty() ? pattern == null ? "x" : "1s" : words.getFirst());
    }

    /// As a JSON Schema.
    Json.Obj schema() {
        Json.Builder schema = Json.object();
        if (type != null) {
            schema.put(TYPE, type);
        }
        if (OBJECT.equals(type)) {
            object(schema);
        }
        if (items != null) {
            schema.put("items", items.schema());
        }
        if (!words.isEmpty()) {
            schema.put("enum", Json.array(words.stream().map(Json::of).toList()));
        }
        if (pattern != null) {
            schema.put("pattern", pattern);
        }
        if (least != null && least > Integer.MIN_VALUE) {
            schema.put("minimum", least);
        }
        if (most != null && most < Long.MAX_VALUE) {
            schema.put("maximum", most);
        }
        if (fallback != null) {
            schema.put("default", fallback);
        }
        return schema.build();
    }

    private void object(Json.Builder schema) {
        if (!fields.isEmpty()) {
            Json.Builder properties = Json.object();
            fields.forEach((name, shape) -> properties.put(name, shape.schema()));
            schema.put("properties", properties.build());
        }
        List<Json> required = missed.stream().filter(field -> !optional.contains(field)).map(Json::of).toList();
        if (!required.isEmpty()) {
            schema.put("required", Json.array(required));
        }
        if (map) {
            schema.put("additionalProperties", Json.object().put(TYPE, STRING).build());
        } else if (closed) {
            schema.put("additionalProperties", false);
        }
    }
}
