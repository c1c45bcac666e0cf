package io.jigress.control.kinds;

import io.jigress.api.Json;
import io.jigress.api.JsonReader;
import java.util.Base64;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/// A Secret: its type and its keys. The values are never kept here.
public record Secret(String type, Set<String> keys) {

    public static Secret read(Document document) {
        JsonReader root = document.root();
        String type = root.text("type", "Opaque");
        Set<String> keys = new TreeSet<>();
        values(root, "data").forEach((key, value) -> {
            if (value instanceof Json.Str(String text) && isBase64(text)) {
                keys.add(key);
            } else {
                root.error("data." + key, value instanceof Json.Str ? "is not base64" : "is of type " + value.typeName(),
                        "base64, or the plain value under stringData");
            }
        });
        values(root, "stringData").forEach((key, value) -> {
            if (value instanceof Json.Str) {
                keys.add(key);
            } else {
                root.error("stringData." + key, "is of type " + value.typeName(), "a string, in quotes");
            }
        });
        root.ignore("immutable");
        root.finish();
        return new Secret(type, Set.copyOf(keys));
    }

    /// Not by the reader's methods, whose messages contain the invalid values.
    private static Map<String, Json> values(JsonReader root, String field) {
        return switch (root.any(field)) {
            case null -> Map.of();
            case Json.Obj(var members) -> members;
            case Json other -> {
                root.error(field, "is of type " + other.typeName(), "an object");
                yield Map.of();
            }
        };
    }

    private static boolean isBase64(String text) {
        try {
            // Kubernetes accepts line breaks and nothing else outside the alphabet.
            Base64.getDecoder().decode(text.replaceAll("\\s", ""));
            return true;
        } catch (IllegalArgumentException _) {
            return false;
        }
    }
}
