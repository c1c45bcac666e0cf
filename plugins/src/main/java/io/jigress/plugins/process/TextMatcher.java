package io.jigress.plugins.process;

import io.envoyproxy.envoy.type.matcher.v3.ListStringMatcher;
import io.envoyproxy.envoy.type.matcher.v3.StringMatcher;
import io.jigress.api.JsonReader;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/// Envoy's `ListStringMatcher`: whether one of its patterns matches a text. For several threads.
public final class TextMatcher {
    /// Matches nothing.
    public static final TextMatcher NONE = new TextMatcher(List.of());

    private final List<Predicate<String>> patterns;

    private TextMatcher(List<Predicate<String>> patterns) {
        this.patterns = List.copyOf(patterns);
    }

    /// @param at where in the configuration the list stands, for faults
    public static TextMatcher of(ListStringMatcher list, JsonReader json, String at) {
        List<Predicate<String>> patterns = new ArrayList<>();
        for (int i = 0; i < list.getPatternsCount(); i++) {
            patterns.add(of(list.getPatterns(i), json, at + ".patterns[" + i + "]"));
        }
        return new TextMatcher(patterns);
    }

    private static Predicate<String> of(StringMatcher matcher, JsonReader json, String at) {
        boolean ignore = matcher.getIgnoreCase();
        return switch (matcher.getMatchPatternCase()) {
            case EXACT -> {
                String exact = matcher.getExact();
                yield ignore ? exact::equalsIgnoreCase : exact::equals;
            }
            case PREFIX -> affix(matcher.getPrefix(), ignore, String::startsWith);
            case SUFFIX -> affix(matcher.getSuffix(), ignore, String::endsWith);
            case CONTAINS -> affix(matcher.getContains(), ignore, String::contains);
            case SAFE_REGEX -> regex(matcher.getSafeRegex().getRegex(), json, at + ".safe_regex.regex");
            case CUSTOM -> {
                json.error(at + ".custom", "is an extension of Envoy, which Jigress does not have",
                        "exact, prefix, suffix, contains or safe_regex");
                yield _ -> false;
            }
            case MATCHPATTERN_NOT_SET -> {
                json.error(at, "has no pattern", "exact, prefix, suffix, contains or safe_regex");
                yield _ -> false;
            }
        };
    }

    private interface Relation {
        boolean holds(String text, String part);
    }

    private static Predicate<String> affix(String part, boolean ignoreCase, Relation relation) {
        if (!ignoreCase) {
            return text -> relation.holds(text, part);
        }
        String lower = part.toLowerCase(Locale.ROOT);
        return text -> relation.holds(text.toLowerCase(Locale.ROOT), lower);
    }

    /// A pattern that has to match a whole text.
    static Predicate<String> regex(String regex, JsonReader json, String at) {
        try {
            return Pattern.compile(regex).asMatchPredicate();
        } catch (PatternSyntaxException e) {
            json.error(at, "is \"" + regex + "\": " + e.getDescription(), "a regular expression");
            return _ -> false;
        }
    }

    public boolean isEmpty() { return patterns.isEmpty(); }

    public boolean matches(String text) {
        for (int i = 0; i < patterns.size(); i++) {
            if (patterns.get(i).test(text)) {
                return true;
            }
        }
        return false;
    }
}
