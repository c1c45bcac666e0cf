package io.jigress.testkit;

import io.jigress.api.Json;
import io.jigress.api.JsonLimits;
import io.jigress.api.JsonParser;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/// Reads the JSON text that a test writes down as a filter's configuration (RFC 8259; strings may also be in single quotes, and have line breaks).
final class JsonSource {
    private JsonSource() {}

    /// @throws IllegalArgumentException when it is not JSON
    static Json parse(String text) {
        String json = doubleQuoted(text);
        return switch (JsonParser.parse(json.getBytes(StandardCharsets.UTF_8), JsonLimits.DEFAULT)) {
            case JsonParser.Value(Json value) -> value;
            case JsonParser.Invalid(int offset, String what) ->
                throw new IllegalArgumentException(what + " at byte " + offset + " of " + json);
        };
    }

    private static String doubleQuoted(String text) {
        StringBuilder out = new StringBuilder(text.length());
        // Which quote ends the string; NUL outside of strings.
        char end = '\0';
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (end == '\0') {
                end = c == '"' || c == '\'' ? c : '\0';
                out.append(end == '\0' ? c : '"');
            } else if (c == end) {
                end = '\0';
                out.append('"');
            } else if (c == '\\' && i + 1 < text.length()) {
                i++;
                out.append(text.charAt(i) == '\'' ? "'" : text.substring(i - 1, i + 1));
            } else if (c == '"') {
                out.append("\\\"");
            } else if (c < ' ') {
                out.append(String.format(Locale.ROOT, "\\u%04x", (int) c));
            } else {
                out.append(c);
            }
        }
        return out.toString();
    }
}
