package io.jigress.app.plugin;

import io.jigress.api.Json;
import io.jigress.control.Printable;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/// Writes YAML as people write it: blocks, plain words where they are safe, texts of several lines as literal blocks.
final class YamlWriter {
    /// Words that no reader takes for another type.
    private static final Pattern PLAIN = Pattern.compile("[A-Za-z_/][A-Za-z0-9_./:@-]*[A-Za-z0-9_/]|[A-Za-z_]");
    private static final Pattern RESERVED = Pattern.compile("(?i)true|false|null|yes|no|on|off|y|n|\\.inf|\\.nan");
    private static final Pattern LITERAL = Pattern.compile("(?s)[^\\s\\p{Cntrl}][\\x20-\\x7e\\u00a0-\\ufffd\\n\\t]*\\n");
    private static final int SHORT = 80;

    private YamlWriter() {}

    /// Ends with a line break.
    static String write(Json json) {
        StringBuilder out = new StringBuilder();
        switch (json) {
            case Json.Obj(var members) when !members.isEmpty() -> members(members, 0, out);
            case Json.Arr(var items) when !items.isEmpty() -> items(items, 0, out);
            case Json.Obj _,Json.Arr _,Json.Str _,Json.Num _,Json.Bool _,Json.Null _ -> out.append(flow(json)).append('\n');
        }
        return out.toString();
    }

    private static void members(Map<String, Json> members, int depth, StringBuilder out) {
        boolean first = true;
        for (Map.Entry<String, Json> member : members.entrySet()) {
            if (!first || depth == 0 || out.charAt(out.length() - 1) == '\n') {
                out.repeat(' ', depth);
            }
            first = false;
            out.append(scalar(member.getKey())).append(':');
            value(member.getValue(), depth, out);
        }
    }

    private static void value(Json value, int depth, StringBuilder out) {
        switch (value) {
            case Json.Obj(var members) when !members.isEmpty() && !isShort(value) -> {
                out.append('\n');
                members(members, depth + 2, out);
            }
            case Json.Arr(var items) when !items.isEmpty() && !isShort(value) -> {
                out.append('\n');
                items(items, depth + 2, out);
            }
            case Json.Str(String text) when LITERAL.matcher(text).matches() -> {
                out.append(text.endsWith("\n\n") ? " |+\n" : " |\n");
                text.lines().forEach(line -> {
                    out.repeat(' ', line.isEmpty() ? 0 : depth + 2).append(line).append('\n');
                });
            }
            case Json.Obj _,Json.Arr _,Json.Str _,Json.Num _,Json.Bool _,Json.Null _ ->
                out.append(' ').append(flow(value)).append('\n');
        }
    }

    private static void items(List<Json> items, int depth, StringBuilder out) {
        for (Json item : items) {
            out.repeat(' ', depth).append('-');
            if (item instanceof Json.Obj(var members) && !members.isEmpty() && !isShort(item)) {
                out.append(' ');
                members(members, depth + 2, out);
            } else {
                value(item, depth, out);
            }
        }
    }

    /// Whether a value is written in one line: one of scalars only.
    private static boolean isShort(Json value) {
        boolean flat = switch (value) {
            case Json.Obj(var members) -> members.values().stream().noneMatch(YamlWriter::isNested);
            case Json.Arr(var items) -> items.stream().noneMatch(YamlWriter::isNested);
            case Json.Str _,Json.Num _,Json.Bool _,Json.Null _ -> true;
        };
        return flat && flow(value).length() <= SHORT;
    }

    private static boolean isNested(Json value) {
        return value instanceof Json.Obj || value instanceof Json.Arr
                || value instanceof Json.Str(String text) && text.contains("\n");
    }

    private static String flow(Json value) {
        return switch (value) {
            case Json.Obj(var members) -> {
                StringBuilder out = new StringBuilder("{");
                members.forEach((name, member) -> out.append(out.length() == 1 ? "" : ", ").append(scalar(name)).append(": ")
                        .append(flow(member)));
                yield out.append('}').toString();
            }
            case Json.Arr(var items) -> "[" + String.join(", ", items.stream().map(YamlWriter::flow).toList()) + "]";
            case Json.Str(String text) -> scalar(text);
            case Json.Num _,Json.Bool _,Json.Null _ -> value.toString();
        };
    }

    private static String scalar(String text) {
        // JSON's strings are YAML's strings in double quotes; YAML wants escapes for more characters than JSON.
        return PLAIN.matcher(text).matches() && !RESERVED.matcher(text).matches() && !text.contains(": ")
                ? text
                : Printable.line(Json.of(text).toString());
    }
}
