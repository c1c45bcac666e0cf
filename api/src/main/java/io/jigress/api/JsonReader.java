package io.jigress.api;

import java.math.BigDecimal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// Reads one JSON object field by field and collects every fault with its path instead of stopping at the first.
///
/// A reader answers a usable value even where the field is wrong (the fallback, an empty list), so that reading can go on;
/// whoever owns the reader looks at [#issues] afterwards and discards the result when one of them is an error. [#finish]
/// warns of fields that nobody asked for. Not for several threads.
public final class JsonReader {

    /// One fault: where (`rules[0].status`), what is wrong, what was expected instead.
    public record Issue(String path, String what, String expected, boolean error) {}

    /// How many characters of a wrong value a message shows.
    private static final int SHOWN = 100;

    private final String path;
    private final Json.Obj object;
    private final List<Issue> issues;
    private final Set<String> read = new LinkedHashSet<>();

    private JsonReader(String path, Json.Obj object, List<Issue> issues) {
        this.path = path;
        this.object = object;
        this.issues = issues;
    }

    /// A reader over a whole document; `path` is the prefix of all paths it reports (`spec.config`), maybe empty.
    public static JsonReader of(String path, Json json) {
        List<Issue> issues = new ArrayList<>();
        if (json instanceof Json.Obj object) {
            return new JsonReader(path, object, issues);
        }
        if (!(json instanceof Json.Null)) {
            issues.add(new Issue(path, "is of type " + json.typeName(), "an object", true));
        }
        return new JsonReader(path, Json.Obj.EMPTY, issues);
    }

    /// All faults found so far by this reader and the readers it gave out.
    public List<Issue> issues() {
        return issues;
    }

    public boolean failed() {
        return issues.stream().anyMatch(Issue::error);
    }

    public String path() {
        return path;
    }

    /// The path of a field of this object.
    public String path(String field) {
        return path.isEmpty() ? field : path + "." + field;
    }

    /// The object itself, unread.
    public Json.Obj json() {
        return object;
    }

    public boolean has(String field) {
        Json value = object.members().get(field);
        return value != null && !(value instanceof Json.Null);
    }

    /// The raw value of a field, or null when absent or `null`.
    public @Nullable Json any(String field) {
        read.add(field);
        Json value = object.members().get(field);
        return value == null || value instanceof Json.Null ? null : value;
    }

    public @Nullable String text(String field) {
        Json value = any(field);
        if (value == null) {
            return null;
        }
        if (value instanceof Json.Str text) {
            return text.value();
        }
        error(field, wrong(value), "a string");
        return null;
    }

    public String text(String field, String fallback) {
        String value = text(field);
        return value == null ? fallback : value;
    }

    /// A field that must be there and must not be empty; answers `""` after reporting that it is not.
    public String requiredText(String field) {
        boolean absent = !has(field);
        String value = text(field);
        if (absent) {
            error(field, "is missing", "a string");
        } else if (value != null && value.isEmpty()) {
            error(field, "is empty", "a string that is not empty");
        }
        return value == null ? "" : value;
    }

    public boolean bool(String field, boolean fallback) {
        Json value = any(field);
        if (value == null) {
            return fallback;
        }
        if (value instanceof Json.Bool bool) {
            return bool.value();
        }
        error(field, wrong(value), "true or false");
        return fallback;
    }

    /// A whole number within `[least, most]`; the fallback itself is not checked against the range.
    public long integer(String field, long fallback, long least, long most) {
        Json value = any(field);
        if (value == null) {
            return fallback;
        }
        String expected = "a whole number from " + least + " to " + most;
        if (!(value instanceof Json.Num number)) {
            error(field, wrong(value), expected);
            return fallback;
        }
        try {
            long whole = new BigDecimal(number.literal()).longValueExact();
            if (whole < least || whole > most) {
                error(field, "is " + whole, expected);
                return fallback;
            }
            return whole;
        } catch (ArithmeticException | NumberFormatException _) {
            error(field, "is " + number.literal(), expected);
            return fallback;
        }
    }

    public long requiredInteger(String field, long least, long most) {
        if (!has(field)) {
            error(field, "is missing", "a whole number from " + least + " to " + most);
            read.add(field);
            return least;
        }
        return integer(field, least, least, most);
    }

    /// A duration in Go's and Gateway API's notation (`1h30m`, `250ms`, `10s`, `0s`), or null when absent or wrong.
    public @Nullable Duration duration(String field) {
        String value = text(field);
        if (value == null) {
            return null;
        }
        Duration parsed = Durations.parse(value);
        if (parsed == null) {
            error(field, "is \"" + value + "\"", "a duration such as 500ms, 10s, 1m30s, 2h");
        }
        return parsed;
    }

    /// The reader of an object below this one; an empty reader when it is absent.
    public JsonReader object(String field) {
        Json value = any(field);
        if (value == null) {
            return new JsonReader(path(field), Json.Obj.EMPTY, issues);
        }
        return element(path(field), value);
    }

    /// The readers of a list of objects; empty when absent.
    public List<JsonReader> objects(String field) {
        List<JsonReader> readers = new ArrayList<>();
        List<Json> items = array(field);
        for (int i = 0; i < items.size(); i++) {
            readers.add(element(path(field) + "[" + i + "]", items.get(i)));
        }
        return readers;
    }

    /// A list of strings; an item of another type is reported and left out.
    public List<String> texts(String field) {
        List<String> values = new ArrayList<>();
        List<Json> items = array(field);
        for (int i = 0; i < items.size(); i++) {
            if (items.get(i) instanceof Json.Str text) {
                values.add(text.value());
            } else {
                issues.add(new Issue(path(field) + "[" + i + "]", wrong(items.get(i)),
                        "a string", true));
            }
        }
        return values;
    }

    /// A map of strings (labels, annotations); a value of another type is reported and left out.
    public Map<String, String> textMap(String field) {
        Map<String, String> values = new LinkedHashMap<>();
        JsonReader inner = object(field);
        for (String key : inner.object.members().keySet()) {
            String value = inner.text(key);
            if (value != null) {
                values.put(key, value);
            }
        }
        return values;
    }

    /// The raw items of a list; empty when absent or of another type, which is reported.
    public List<Json> array(String field) {
        Json value = any(field);
        if (value == null) {
            return List.of();
        }
        if (value instanceof Json.Arr array) {
            return array.items();
        }
        error(field, wrong(value), "a list");
        return List.of();
    }

    /// One of a closed set of words, given by how a word is read: `parse` answers null for a word it does not know.
    public <T> T choice(String field, T fallback, Function<String, @Nullable T> parse, String expected) {
        String value = text(field);
        if (value == null) {
            return fallback;
        }
        T known = parse.apply(value);
        if (known == null) {
            error(field, "is \"" + value + "\"", expected);
            return fallback;
        }
        return known;
    }

    public void error(String field, String what, String expected) {
        issues.add(new Issue(field.isEmpty() ? path : path(field), what, expected, true));
    }

    public void warning(String field, String what, String expected) {
        issues.add(new Issue(field.isEmpty() ? path : path(field), what, expected, false));
    }

    /// Says that a field is known and deliberately not looked at.
    public void ignore(String... fields) {
        read.addAll(List.of(fields));
    }

    /// Warns of every field that was never asked for. Call it last.
    public void finish() {
        for (String field : object.members().keySet()) {
            if (!read.contains(field)) {
                warning(field, "is not a known field and has no effect",
                        read.isEmpty() ? "no fields" : "one of " + String.join(", ", read));
            }
        }
    }

    /// What a value of another type is: shown whole when it is short.
    private static String wrong(Json value) {
        String type = "is of type " + value.typeName();
        return switch (value) {
            case Json.Obj _,Json.Arr _,Json.Null _ -> type;
            case Json.Str _,Json.Num _,Json.Bool _ -> {
                String text = value.toString();
                yield type + ": " + (text.length() > SHOWN ? text.substring(0, SHOWN) + "…" : text);
            }
        };
    }

    private JsonReader element(String at, Json value) {
        if (value instanceof Json.Obj inner) {
            return new JsonReader(at, inner, issues);
        }
        issues.add(new Issue(at, wrong(value), "an object", true));
        return new JsonReader(at, Json.Obj.EMPTY, issues);
    }
}
