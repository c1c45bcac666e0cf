package io.jigress.admin;

import io.jigress.api.Json;
import java.util.ArrayList;
import java.util.List;

/// Indented JSON; values that fit on one line are not broken.
public final class PrettyJson {
    private static final int LINE = 100;

    private PrettyJson() {}

    public static String print(Json json) {
        StringBuilder out = new StringBuilder();
        append(out, json, 0);
        return out.toString();
    }

    /// @param depth the indentation of the lines after the first
    static void append(StringBuilder out, Json json, int depth) {
        switch (json) {
            case Json.Obj(var members) when !members.isEmpty() -> {
                List<Runnable> items = new ArrayList<>();
                members.forEach((name, value) -> items.add(() -> {
                    out.append(Json.of(name)).append(": ");
                    append(out, value, depth + 1);
                }));
                block(out, '{', items, '}', depth);
            }
            case Json.Arr(var values) when !flat(values) -> {
                List<Runnable> items = new ArrayList<>();
                values.forEach(value -> items.add(() -> append(out, value, depth + 1)));
                block(out, '[', items, ']', depth);
            }
            case Json.Obj _,Json.Arr _,Json.Str _,Json.Num _,Json.Bool _,Json.Null _ -> out.append(json);
        }
    }

    /// Whether it is a list of plain values that fits on a line.
    private static boolean flat(List<Json> values) {
        int length = 0;
        for (Json value : values) {
            if (value instanceof Json.Obj || value instanceof Json.Arr) {
                return false;
            }
            length += value.toString().length() + 1;
        }
        return length <= LINE;
    }

    private static void block(StringBuilder out, char open, List<Runnable> items, char close, int depth) {
        out.append(open);
        for (int i = 0; i < items.size(); i++) {
            out.append(i == 0 ? "\n" : ",\n").repeat(' ', 2 * (depth + 1));
            items.get(i).run();
        }
        out.append('\n').repeat(' ', 2 * depth).append(close);
    }
}
