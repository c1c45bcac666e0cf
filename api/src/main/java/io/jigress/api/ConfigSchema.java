package io.jigress.api;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/// The JSON Schema of a configuration, derived from the code that reads it: the code runs over sample documents, and the fields, types, limits and defaults that
/// it asks its [JsonReader] for make the schema. So the schema and the check of a configuration cannot differ.
///
/// A field that the code takes in several forms has no type in the schema. The code decides about more than a schema can say, such as fields
/// that exclude each other: a document that fits the schema may still be refused.
public final class ConfigSchema {
    /// Of runs over documents that are made from what is known already.
    private static final int ROUNDS = 4;
    private static final int MOST_FIELDS = 200;

    private ConfigSchema() {}

    /// @param code reads a configuration, as [FilterFactory#parse] does; its results are ignored
    /// @param samples valid configurations, which lead the code to fields that it reads in some cases only
    public static Json.Obj of(Consumer<JsonReader> code, List<? extends Json> samples) {
        JsonShape shape = new JsonShape(new JsonShape.Run(false));
        run(code, shape, Json.Obj.EMPTY);
        samples.forEach(sample -> run(code, shape, sample));
        for (int i = 0; i < ROUNDS; i++) {
            String before = shape.schema().toString();
            run(code, shape, shape.example());
            for (String field : new ArrayList<>(shape.names()).subList(0, Math.min(MOST_FIELDS, shape.names().size()))) {
                run(code, shape, Json.object().put(field, shape.field(field).example()).build());
            }
            if (shape.schema().toString().equals(before)) {
                break;
            }
        }
        return shape.schema();
    }

    private static void run(Consumer<JsonReader> code, JsonShape shape, Json document) {
        for (boolean fillsLists : new boolean[] {false, true}) {
            JsonShape.Run run = new JsonShape.Run(fillsLists);
            JsonReader reader = JsonReader.recording(document, shape, run);
            code.accept(reader);
            if (!reader.failed()) {
                run.valid();
            }
        }
    }
}
