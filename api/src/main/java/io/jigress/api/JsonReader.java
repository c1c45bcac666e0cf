package io.jigress.api;

import java.math.BigDecimal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// Reads one JSON object field by field and collects every fault with its path instead of stopping at the first.
///
/// A reader returns a usable value even where the field is wrong (the fallback, an empty list), so that reading can go on;
/// the owner of the reader checks [#issues] afterwards and discards the result when one of them is an error. [#finish]
/// warns of fields that were never read. Not for several threads.
public final class JsonReader {

    /// One fault: where (`rules[0].status`), what is wrong, what was expected instead.
    public record Issue(String path, String what, String expected, boolean error) {}

    /// How many characters of a wrong value a message shows.
    private static final int SHOWN = 100;
    private static final String OF_TYPE = "is of type ";
    private static final String AN_OBJECT = "an object";

    private final String path;
    private final Json.Obj object;
    private final List<Issue> issues;
    /// Readers of values that are not objects, shared by all readers of a document.
    private final List<JsonReader> notObjects;
    private final Set<String> read = new LinkedHashSet<>();
    private final boolean broken;
    /// Collects what is read, for a [ConfigSchema]; null otherwise.
    private final @Nullable JsonShape shape;

    private JsonReader(String path, Json.Obj object, List<Issue> issues, List<JsonReader> notObjects, boolean broken,
            @Nullable JsonShape shape) {
        this.path = path;
        this.object = object;
        this.issues = issues;
        this.notObjects = notObjects;
        this.broken = broken;
        this.shape = shape;
        if (broken) {
            notObjects.add(this);
        }
    }

    /// A reader over a whole document; `path` is the prefix of all paths it reports (`spec.config`), maybe empty.
    public static JsonReader of(String path, Json json) {
        List<Issue> issues = new ArrayList<>();
        if (json instanceof Json.Obj object) {
            return new JsonReader(path, object, issues, new ArrayList<>(), false, null);
        }
        if (!(json instanceof Json.Null)) {
            issues.add(new Issue(path, OF_TYPE + json.typeName(), AN_OBJECT, true));
        }
        return new JsonReader(path, Json.Obj.EMPTY, issues, new ArrayList<>(), !(json instanceof Json.Null), null);
    }

    /// A reader that adds what it is asked for to a shape.
    static JsonReader recording(Json json, JsonShape shape, JsonShape.Run run) {
        Json.Obj object = json instanceof Json.Obj known ? known : Json.Obj.EMPTY;
        shape.visit(run, object);
        return new JsonReader("", object, new ArrayList<>(), new ArrayList<>(), false, shape);
    }

    /// Records a question about a field.
    ///
    /// @param fallback the value that counts when the field is absent; null for none
    private void record(String field, Consumer<JsonShape> question, @Nullable Json fallback) {
        if (shape != null) {
            JsonShape of = shape.field(field);
            question.accept(of);
            if (fallback != null && !has(field)) {
                of.fallback(fallback);
            }
        }
    }

    /// All faults found so far by this reader and the readers it returned.
    public List<Issue> issues() {
        return issues;
    }

    /// The faults for messages. Where a value is not an object, one fault names the fields that were read from it, and the
    /// faults that follow from it are left out.
    public List<Issue> report() {
        if (notObjects.isEmpty()) {
            return List.copyOf(issues);
        }
        List<Issue> report = new ArrayList<>(issues.size());
        for (Issue issue : issues) {
            if (notObjects.stream().noneMatch(reader -> issue.path.startsWith(reader.path + ".") || issue.path.equals(reader.path)
                    && !issue.what.startsWith(OF_TYPE))) {
                report.add(notObjects.stream().filter(reader -> issue.path.equals(reader.path)).findFirst()
                        .map(reader -> new Issue(issue.path, issue.what, reader.example(), issue.error)).orElse(issue));
            }
        }
        return List.copyOf(report);
    }

    /// What was expected here: `an object with the field name`.
    private String example() {
        List<String> names = new ArrayList<>(new LinkedHashSet<>(read));
        return switch (names.size()) {
            case 0 -> AN_OBJECT;
            case 1 -> "an object with the field " + names.getFirst();
            default -> "an object with fields such as " + String.join(", ", names);
        };
    }

    /// Whether the document has a value of another type here, which was reported when the reader was made. The reader then behaves as
    /// over an empty object: code for which an empty object means "everything" must check this.
    public boolean broken() {
        return broken;
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
        record(field, _ -> {}, null);
        Json value = object.members().get(field);
        return value == null || value instanceof Json.Null ? null : value;
    }

    public @Nullable String text(String field) {
        record(field, JsonShape::string, null);
        Json value = any(field);
        if (value == null) {
            return null;
        }
        if (value instanceof Json.Str text) {
            return text.value();
        }
        error(field, wrong(value), value instanceof Json.Num || value instanceof Json.Bool ? "a string, in quotes" : "a string");
        return null;
    }

    public String text(String field, String fallback) {
        record(field, JsonShape::string, fallback.isEmpty() ? null : Json.of(fallback));
        String value = text(field);
        return value == null ? fallback : value;
    }

    /// A required, non-empty field. When it is missing or empty, this is reported and the result is `""`.
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
        record(field, JsonShape::bool, Json.of(fallback));
        Json value = any(field);
        if (value == null) {
            return fallback;
        }
        if (value instanceof Json.Bool bool) {
            return bool.value();
        }
        error(field, wrong(value), value instanceof Json.Str(String text) && (text.equals("true") || text.equals("false"))
                ? text + ", without quotes"
                : "true or false");
        return fallback;
    }

    /// A whole number within `[least, most]`; the fallback itself is not checked against the range.
    public long integer(String field, long fallback, long least, long most) {
        record(field, each -> each.whole(least, most), fallback < least || fallback > most ? null : Json.of(fallback));
        Json value = any(field);
        if (value == null) {
            return fallback;
        }
        String expected = "a whole number from " + least + " to " + most;
        if (!(value instanceof Json.Num number)) {
            boolean quoted = value instanceof Json.Str(String text) && text.matches("-?\\d{1,18}");
            boolean variable = value instanceof Json.Str(String text) && text.matches("\\$\\{?\\w+}?");
            error(field, wrong(value), expected
                    + (quoted ? ", without quotes" : variable ? "; variables are not replaced, which envsubst can do" : ""));
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
            record(field, each -> each.whole(least, most), null);
            return least;
        }
        return integer(field, least, least, most);
    }

    /// A duration in Go's and Gateway API's notation (`1h30m`, `250ms`, `10s`, `0s`), or null when absent or wrong.
    public @Nullable Duration duration(String field) {
        record(field, JsonShape::duration, null);
        Json written = any(field);
        String value = written instanceof Json.Num(String literal) ? literal : written == null ? null : text(field);
        if (value == null) {
            return null;
        }
        Duration parsed = any(field) instanceof Json.Num ? null : Durations.parse(value);
        if (parsed == null && value.matches("\\d{1,9}")) {
            error(field, "is " + value + ", which has no unit", "a duration such as " + value + "s or " + value + "ms");
        } else if (parsed == null) {
            error(field, "is \"" + value + "\"", "a duration such as 500ms, 10s, 1m30s, 2h");
        }
        return parsed;
    }

    /// The reader of an object below this one; an empty reader when it is absent.
    public JsonReader object(String field) {
        Json value = any(field);
        JsonShape inner = shape == null ? null : shape.field(field);
        return element(path(field), value == null ? Json.Obj.EMPTY : value, inner);
    }

    /// The readers of a list of objects; empty when absent.
    public List<JsonReader> objects(String field) {
        List<JsonReader> readers = new ArrayList<>();
        List<Json> items = array(field);
        JsonShape inner = shape == null ? null : shape.field(field).items();
        if (items.isEmpty() && shape != null && shape.fillsLists()) {
            items = List.of(Json.Obj.EMPTY);
        }
        for (int i = 0; i < items.size(); i++) {
            readers.add(element(path(field) + "[" + i + "]", items.get(i), inner));
        }
        return readers;
    }

    /// A list of strings; an item of another type is reported and left out.
    public List<String> texts(String field) {
        List<String> values = new ArrayList<>();
        List<Json> items = array(field);
        record(field, JsonShape::strings, null);
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
        record(field, JsonShape::map, null);
        Json given = any(field);
        // The names are not fields.
        JsonReader inner = element(path(field), given == null ? Json.Obj.EMPTY : given, null);
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
        record(field, JsonShape::list, null);
        Json value = any(field);
        if (value == null) {
            return List.of();
        }
        if (value instanceof Json.Arr array) {
            return array.items();
        }
        error(field, wrong(value), switch (value) {
            case Json.Obj _ -> "a list, whose items begin with \"- \"";
            case Json.Str _ -> "a list, such as [" + value + "]";
            case Json.Arr _,Json.Num _,Json.Bool _,Json.Null _ -> "a list";
        });
        return List.of();
    }

    /// One of a closed set of words. `parse` converts a word to its value and returns null for a word it does not know.
    public <T> T choice(String field, T fallback, Function<String, @Nullable T> parse, String expected) {
        Json written = any(field);
        if (shape != null) {
            List<String> known = words(expected).stream().filter(word -> parse.apply(word) != null).toList();
            record(field, each -> each.words(known), known.stream().filter(word -> fallback.equals(parse.apply(word))).findFirst()
                    .map(Json::of).orElse(null));
        }
        if (written == null) {
            return fallback;
        }
        if (!(written instanceof Json.Str(String value))) {
            error(field, wrong(written), expected);
            return fallback;
        }
        T known = parse.apply(value);
        if (known == null) {
            error(field, "is \"" + value + "\"" + NearestName.hint(value, words(expected)), expected);
            return fallback;
        }
        return known;
    }

    /// The words that a text such as `one of EDGE, WAF or AUTHN` lists.
    private static List<String> words(String expected) {
        return Arrays.stream(expected.split("[, ]+", -1)).filter(word -> word.length() > 2 && !word.equals("one")).toList();
    }

    /// Reports an unknown word, with the known one that was probably meant.
    public void unknown(String field, String value, List<String> known) {
        int last = known.size() - 1;
        String expected = last < 1
                ? String.join("", known)
                : String.join(", ", known.subList(0, last)) + " or " + known.get(last);
        error(field, "is \"" + value + "\"" + NearestName.hint(value, known), expected);
    }

    public void error(String field, String what, String expected) {
        if (shape != null && !field.isEmpty() && !has(field) && what.startsWith("is missing")) {
            shape.missed(field);
        }
        issues.add(new Issue(field.isEmpty() ? path : path(field), what, expected, true));
    }

    public void warning(String field, String what, String expected) {
        issues.add(new Issue(field.isEmpty() ? path : path(field), what, expected, false));
    }

    /// Marks fields as known and deliberately ignored.
    public void ignore(String... fields) {
        for (String field : fields) {
            read.add(field);
            record(field, _ -> {}, null);
        }
    }

    /// Warns of every field that was never read. Call it last.
    public void finish() {
        finish(Map.of());
    }

    /// Warns of every field that was never read. A field that is probably a misspelled decisive field is an error instead:
    /// without that field the object would apply to more than its author wrote. Call it last.
    ///
    /// @param decisive known fields, and the effect of a misspelling: `the rule matches no request`
    /// @return the decisive fields that were misspelled
    public Set<String> finish(Map<String, String> decisive) {
        Set<String> misspelled = new LinkedHashSet<>();
        for (String field : unread()) {
            // A known field that is also present with its right name is not the one that was misspelled.
            String meant = NearestName.of(field, read).filter(name -> !has(name)).orElse("");
            String cost = decisive.get(meant);
            if (replaceMissing(field, meant, cost)) {
                misspelled.add(meant);
            } else if (cost == null) {
                warning(field, "is not a known field and has no effect" + NearestName.hint(field, read), fields());
            } else {
                misspelled.add(meant);
                error(field, "is not a known field, so that " + cost + NearestName.hint(field, read), fields());
            }
        }
        return misspelled;
    }

    /// Reports every field that was never read as an error, for objects where each field narrows what they apply to. Call it last.
    ///
    /// @param cost the effect of an unknown field: `the match is left out`
    public void finishStrictly(String cost) {
        if (shape != null) {
            shape.close();
        }
        for (String field : unread()) {
            if (!replaceMissing(field, NearestName.of(field, read).orElse(""), cost)) {
                error(field, "is not a known field, so that " + cost + NearestName.hint(field, read), fields());
            }
        }
    }

    /// Reports a misspelled required field once: the fault of the misspelled name replaces the one of the missing field.
    private boolean replaceMissing(String field, String meant, @Nullable String cost) {
        for (int i = 0; i < issues.size() && !meant.isEmpty(); i++) {
            Issue issue = issues.get(i);
            if (issue.error && issue.path.equals(path(meant)) && !has(meant) && issue.what.matches("is (missing|empty)\\b.*")) {
                String effect = cost == null ? issue.what.replaceFirst("is (missing|empty)", "") : ", so that " + cost;
                issues.set(i,
                        new Issue(path(field), "is not a known field" + effect + NearestName.hint(field, read), fields(), true));
                return true;
            }
        }
        return false;
    }

    private List<String> unread() {
        return object.members().keySet().stream().filter(field -> !read.contains(field)).toList();
    }

    private String fields() {
        return read.isEmpty() ? "no fields" : "one of " + String.join(", ", read);
    }

    /// Describes a value of another type; a short one is shown whole.
    private static String wrong(Json value) {
        String type = OF_TYPE + value.typeName();
        return switch (value) {
            case Json.Obj _,Json.Arr _,Json.Null _ -> type;
            case Json.Str _,Json.Num _,Json.Bool _ -> {
                String text = value.toString();
                yield type + ": " + (text.length() > SHOWN ? text.substring(0, SHOWN) + "…" : text);
            }
        };
    }

    private JsonReader element(String at, Json value, @Nullable JsonShape of) {
        Json.Obj inner = value instanceof Json.Obj known ? known : Json.Obj.EMPTY;
        if (of != null && shape != null) {
            of.visit(shape.run(), inner);
        }
        if (value instanceof Json.Obj) {
            return new JsonReader(at, inner, issues, notObjects, false, of);
        }
        issues.add(new Issue(at, wrong(value), AN_OBJECT, true));
        return new JsonReader(at, Json.Obj.EMPTY, issues, notObjects, true, of);
    }
}
