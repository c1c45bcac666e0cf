package io.jigress.sentinel.rule;

import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
import io.jigress.api.Json;
import io.jigress.api.JsonReader;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Reads fields as Sentinel writes them.
final class Fields {
    private Fields() {}

    static double count(JsonReader item) {
        if (!item.has("count")) {
            item.any("count");
            if (item.issues().stream().noneMatch(issue -> issue.path().equals(item.path("count")))) {
                item.error("count", "is missing", "a number");
            }
            return 0;
        }
        return number(item, "count", 0, 0, RuleReader.MOST_COUNT);
    }

    static double number(JsonReader item, String field, double fallback, double least, double most) {
        return number(item, field, fallback, least, most, "a number from " + shown(least) + " to " + shown(most));
    }

    static double number(JsonReader item, String field, double fallback, double least, double most, String expected) {
        Json value = item.any(field);
        if (value == null) {
            return fallback;
        }
        double number = value instanceof Json.Num(String literal) ? parsed(literal) : Double.NaN;
        if (!(number >= least && number <= most)) {
            String path = item.path(field);
            if (item.issues().stream().noneMatch(issue -> issue.path().equals(path))) {
                item.error(field, "is " + value, value instanceof Json.Str(String text) && !Double.isNaN(parsed(text))
                        ? expected + ", without quotes"
                        : expected);
            }
            return fallback;
        }
        return number;
    }

    private static double parsed(String literal) {
        try {
            return Double.parseDouble(literal);
        } catch (NumberFormatException _) {
            return Double.NaN;
        }
    }

    private static String shown(double number) {
        return number == Math.rint(number) ? Long.toString((long) number) : Double.toString(number);
    }

    /// A choice as Sentinel's number or as one of the words for it.
    static int code(JsonReader item, String field, int fallback, List<List<String>> choices) {
        Json value = item.any(field);
        if (value == null) {
            return fallback;
        }
        for (int i = 0; i < choices.size(); i++) {
            boolean number = value instanceof Json.Num(String literal) && literal.equals(Integer.toString(i));
            boolean word = value instanceof Json.Str(String text) && choices.get(i).stream().anyMatch(text::equalsIgnoreCase);
            if (number || word) {
                return i;
            }
        }
        List<String> known = new ArrayList<>();
        for (int i = 0; i < choices.size(); i++) {
            known.add(choices.get(i).getFirst() + " (" + i + ")");
        }
        item.error(field, "is " + value, String.join(", ", known));
        return fallback;
    }

    static @Nullable Pattern expression(JsonReader item, String text) {
        try {
            return Pattern.compile(text);
        } catch (PatternSyntaxException e) {
            item.error("pattern", "is not a regular expression: " + e.getDescription(), "an expression of RE2");
            return null;
        }
    }
}
