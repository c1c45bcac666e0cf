package io.jigress.sentinel.rule;

import com.google.re2j.Pattern;
import io.jigress.api.JsonReader;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Reads ApiDefinitions.
final class ApiReader {
    private static final List<List<String>> PATHS = List.of(List.of("exact"), List.of("prefix"), List.of("regex"));

    private ApiReader() {}

    /// @param strict whether fields that are not known are errors
    static Map<String, ApiGroup> read(List<JsonReader> items, boolean strict) {
        Map<String, ApiGroup> apis = new LinkedHashMap<>();
        for (JsonReader item : items) {
            String name = item.requiredText("apiName");
            List<ApiGroup.Path> paths = new ArrayList<>();
            for (JsonReader predicate : item.objects("predicateItems")) {
                String pattern = predicate.requiredText("pattern");
                int strategy = Fields.code(predicate, "matchStrategy", 0, PATHS);
                if (strategy < 2 && !pattern.isEmpty() && pattern.charAt(0) != '/' && pattern.charAt(0) != '*') {
                    predicate.error("pattern", "is \"" + pattern + "\", which matches no path", "a path that begins with /");
                }
                ApiGroup.Path path = path(predicate, pattern, strategy);
                finish(predicate, strict);
                if (path != null) {
                    paths.add(path);
                }
            }
            if (paths.isEmpty() && !item.failed()) {
                item.error("predicateItems", "is empty", "a list with at least one pattern");
            }
            item.ignore(RuleReader.ADDED);
            finish(item, strict);
            if (apis.put(name, new ApiGroup(name, paths)) != null) {
                item.error("apiName", "occurs twice: \"" + name + "\"", "each name once");
            }
        }
        return apis;
    }

    private static void finish(JsonReader item, boolean strict) {
        if (strict) {
            item.finishStrictly("the group would have other paths");
        } else {
            item.finish();
        }
    }

    private static ApiGroup.@Nullable Path path(JsonReader item, String pattern, int strategy) {
        return switch (strategy) {
            case 0 -> new ApiGroup.Exact(pattern);
            case 1 -> prefix(item, pattern);
            default -> {
                Pattern expression = Fields.expression(item, pattern);
                yield expression == null ? null : new ApiGroup.Expression(expression);
            }
        };
    }

    /// Sentinel's adapters write prefixes as Ant patterns: `/shop/**`.
    private static ApiGroup.@Nullable Path prefix(JsonReader item, String pattern) {
        String prefix = pattern.endsWith("/**") ? pattern.substring(0, pattern.length() - 3) : pattern;
        if (prefix.indexOf('*') < 0 && prefix.indexOf('?') < 0) {
            return new ApiGroup.Prefix(prefix.isEmpty() ? "/" : prefix);
        }
        StringBuilder expression = new StringBuilder();
        for (int i = 0; i < pattern.length(); i++) {
            char c = pattern.charAt(i);
            if (pattern.startsWith("/**", i)) {
                expression.append("(?:/.*)?");
                i += 2;
            } else if (c == '*' || c == '?') {
                expression.append("[^/]").append(c == '*' ? "*" : "");
            } else {
                expression.append(Pattern.quote(String.valueOf(c)));
            }
        }
        Pattern compiled = Fields.expression(item, expression.toString());
        return compiled == null ? null : new ApiGroup.Expression(compiled);
    }
}
