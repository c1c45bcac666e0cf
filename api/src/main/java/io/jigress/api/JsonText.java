package io.jigress.api;

import java.util.Iterator;
import java.util.Map;

/// Writes a [Json] tree as compact JSON text (RFC 8259).
final class JsonText {
    private JsonText() {}

    static String write(Json json) {
        StringBuilder out = new StringBuilder();
        append(out, json);
        return out.toString();
    }

    private static void append(StringBuilder out, Json json) {
        switch (json) {
            case Json.Obj object -> {
                out.append('{');
                for (Iterator<Map.Entry<String, Json>> i = object.members().entrySet().iterator(); i.hasNext();) {
                    Map.Entry<String, Json> member = i.next();
                    string(out, member.getKey());
                    out.append(':');
                    append(out, member.getValue());
                    if (i.hasNext()) {
                        out.append(',');
                    }
                }
                out.append('}');
            }
            case Json.Arr array -> {
                out.append('[');
                for (int i = 0; i < array.items().size(); i++) {
                    if (i > 0) {
                        out.append(',');
                    }
                    append(out, array.items().get(i));
                }
                out.append(']');
            }
            case Json.Str text -> string(out, text.value());
            case Json.Num number -> out.append(number.literal());
            case Json.Bool bool -> out.append(bool.value());
            case Json.Null _ -> out.append("null");
        }
    }

    private static void string(StringBuilder out, String value) {
        out.append('"');
        for (int i = 0; i < value.length(); i++) {
            char c = value.charAt(i);
            switch (c) {
                case '"' -> out.append("\\\"");
                case '\\' -> out.append("\\\\");
                case '\n' -> out.append("\\n");
                case '\r' -> out.append("\\r");
                case '\t' -> out.append("\\t");
                default -> {
                    if (c < 0x20 || c == 0x7f || Character.isSurrogate(c) && !paired(value, i)) {
                        out.append(String.format("\\u%04x", (int) c));
                    } else {
                        out.append(c);
                    }
                }
            }
        }
        out.append('"');
    }

    private static boolean paired(String value, int i) {
        char c = value.charAt(i);
        return Character.isHighSurrogate(c)
                ? i + 1 < value.length() && Character.isLowSurrogate(value.charAt(i + 1))
                : i > 0 && Character.isHighSurrogate(value.charAt(i - 1));
    }
}
