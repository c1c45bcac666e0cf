package io.jigress.control.kinds;

import io.jigress.api.JsonReader;
import io.jigress.config.ValueMatch;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// `tags` of a TrafficPolicy: requests get a tag, which a header passes on, and go to the endpoints that have this tag.
///
/// ```yaml
/// tags:
///   header: x-tag              # the default
///   label: tag                 # of endpoints; the default
///   names: [gray]              # tags that requests may already have; those of the rules as well
///   rules:
///     - {tag: gray, headers: [{name: x-user, value: "7"}], cookies: [{name: tag, value: gray}]}
///     - {tag: gray, percent: 5}
/// ```
///
/// @param names of all tags
public record RequestTags(String header, String label, List<String> names, List<Rule> rules) {
    private static final Pattern TAG = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,62}");
    private static final Pattern TOKEN = Pattern.compile("[!#$%&'*+.^_`|~0-9A-Za-z-]+");
    private static final int MOST = 16;
    private static final int ALL = 100;

    /// @param conditions that all must hold; empty for all requests
    /// @param percent of these requests
    public record Rule(String tag, List<ValueMatch> conditions, int percent) {}

    /// Null if there are none, or none that are valid.
    static @Nullable RequestTags read(Document document, JsonReader reader) {
        int mark = document.mark();
        String header = reader.text("header", "x-tag");
        if (!TOKEN.matcher(header).matches()) {
            reader.error("header", "is \"" + header + "\"", "the name of a header field");
        }
        String label = reader.text("label", "tag");
        Set<String> names = new LinkedHashSet<>();
        for (String name : reader.texts("names")) {
            name(reader, "names", name);
            names.add(name);
        }
        List<Rule> rules = new ArrayList<>();
        int shares = 0;
        for (JsonReader item : reader.objects("rules")) {
            String tag = item.requiredText("tag");
            if (!tag.isEmpty()) {
                name(item, "tag", tag);
            }
            List<ValueMatch> conditions = new ArrayList<>();
            conditions(item, "headers", conditions);
            conditions(item, "cookies", conditions);
            int percent = (int) item.integer("percent", ALL, 0, ALL);
            shares += conditions.isEmpty() ? percent : 0;
            if (conditions.isEmpty() && shares > ALL && shares - percent <= ALL) {
                item.error("percent", "makes shares that add up to " + shares + " percent",
                        "at most 100 percent for all rules without conditions");
            }
            item.finish();
            names.add(tag);
            rules.add(new Rule(tag, List.copyOf(conditions), percent));
        }
        if (names.size() > MOST) {
            reader.error("names", "are " + names.size() + " with those of the rules", "at most " + MOST);
        } else if (names.isEmpty() && !document.failedSince(mark)) {
            reader.error("names", "is empty, and there are no rules", "the tags that requests may have");
        }
        reader.finish();
        return document.failedSince(mark) ? null : new RequestTags(header, label, List.copyOf(names), List.copyOf(rules));
    }

    private static void name(JsonReader reader, String field, String name) {
        if (!TAG.matcher(name).matches()) {
            reader.error(field, "is \"" + name + "\"", "letters, digits, \"-\", \"_\" and \".\", at most 63");
        }
    }

    private static void conditions(JsonReader item, String field, List<ValueMatch> conditions) {
        for (JsonReader condition : item.objects(field)) {
            String name = condition.requiredText("name");
            String value = condition.requiredText("value");
            if (!name.isEmpty() && !TOKEN.matcher(name).matches()) {
                condition.error("name", "is \"" + name + "\"",
                        "the name of a " + (field.equals("cookies") ? "cookie" : "header field"));
            }
            condition.finish();
            conditions.add(field.equals("cookies") ? new ValueMatch.Cookie(name, value) : new ValueMatch.Exact(name, value));
        }
    }
}
