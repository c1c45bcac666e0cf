package io.jigress.control.kinds;

import io.jigress.config.ValueMatch;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// The annotations `canary-*` of an Ingress: which of the requests to the paths of another Ingress its backends get.
///
/// They are evaluated in the order of ingress-nginx: the header, then the cookie, then the share.
///
/// @param rules of the header and the cookie
/// @param weight the share of the other requests, of `total`
/// @param path of the annotation `canary`
public record Canary(List<Rule> rules, int weight, int total, String path) {
    private static final String CANARY = "canary";
    private static final String HEADER = "canary-by-header";
    private static final String VALUE = "canary-by-header-value";
    private static final String PATTERN = "canary-by-header-pattern";
    private static final String COOKIE = "canary-by-cookie";
    private static final String WEIGHT = "canary-weight";
    private static final String TOTAL = "canary-weight-total";
    private static final String ALWAYS = "always";
    private static final String NEVER = "never";
    private static final int USUAL_TOTAL = 100;
    private static final int MOST = 10_000;
    private static final Pattern TOKEN = Pattern.compile("[!#$%&'*+.^_`|~0-9A-Za-z-]+");

    /// The names of the annotations.
    static final Set<String> NAMES = Set.of(CANARY, HEADER, VALUE, PATTERN, COOKIE, WEIGHT, TOTAL, "affinity-canary-behavior");

    /// @param toCanary false for requests that stay with the other Ingress, whatever follows
    public record Rule(ValueMatch match, boolean toCanary) {}

    /// Why an expression of the annotations cannot be compiled; null if all can.
    public @Nullable String fault(RegexSyntax regex) {
        for (Rule rule : rules) {
            String fault = rule.match instanceof ValueMatch.Regex(_, String expression) ? regex.fault(expression) : null;
            if (fault != null) {
                return fault;
            }
        }
        return null;
    }

    /// What was read.
    ///
    /// @param canary null if the Ingress is not a canary, or not a valid one
    /// @param valid false if an annotation is wrong, so that the Ingress must not be served
    record Reading(@Nullable Canary canary, boolean valid) {}

    /// @param values by the name without its prefix, @param written the full names
    static Reading read(Document document, Map<String, String> values, Map<String, String> written) {
        String whether = values.getOrDefault(CANARY, "").strip();
        if (!whether.equals("true")) {
            if (!whether.isEmpty() && !whether.equals("false")) {
                error(document, written, CANARY, "is \"" + whether + "\"", "\"true\" or \"false\"");
                return new Reading(null, false);
            }
            return new Reading(null, true);
        }
        int mark = document.mark();
        List<Rule> rules = new ArrayList<>();
        header(document, values, written, rules);
        String cookie = values.getOrDefault(COOKIE, "").strip();
        if (!cookie.isEmpty()) {
            if (TOKEN.matcher(cookie).matches()) {
                rules.add(new Rule(new ValueMatch.Cookie(cookie, ALWAYS), true));
                rules.add(new Rule(new ValueMatch.Cookie(cookie, NEVER), false));
            } else {
                error(document, written, COOKIE, "is \"" + cookie + "\"", "the name of a cookie");
            }
        }
        int total = number(document, values, written, TOTAL, USUAL_TOTAL, 1, MOST);
        int weight = number(document, values, written, WEIGHT, 0, 0, MOST);
        if (weight > total && !document.failedSince(mark)) {
            error(document, written, WEIGHT, "is " + weight, "a number from 0 to " + total + ", the total");
        }
        boolean valid = !document.failedSince(mark);
        String path = "metadata.annotations." + written.getOrDefault(CANARY, CANARY);
        return new Reading(valid ? new Canary(List.copyOf(rules), weight, total, path) : null, valid);
    }

    private static void header(Document document, Map<String, String> values, Map<String, String> written, List<Rule> rules) {
        String header = values.getOrDefault(HEADER, "").strip();
        String value = values.getOrDefault(VALUE, "").strip();
        String pattern = values.getOrDefault(PATTERN, "").strip();
        if (header.isEmpty()) {
            for (String alone : List.of(VALUE, PATTERN)) {
                if (!values.getOrDefault(alone, "").isBlank()) {
                    error(document, written, alone, "has no effect without " + HEADER, "the annotation " + HEADER + " as well");
                }
            }
        } else if (!TOKEN.matcher(header).matches()) {
            error(document, written, HEADER, "is \"" + header + "\"", "the name of a header field");
        } else if (!value.isEmpty()) {
            rules.add(new Rule(new ValueMatch.Exact(header, value), true));
        } else if (!pattern.isEmpty()) {
            rules.add(new Rule(new ValueMatch.Regex(header, ".*(?:" + pattern + ").*"), true));
        } else {
            rules.add(new Rule(new ValueMatch.Exact(header, ALWAYS), true));
            rules.add(new Rule(new ValueMatch.Exact(header, NEVER), false));
        }
    }

    private static int number(Document document, Map<String, String> values, Map<String, String> written, String name, int usual,
            int least, int most) {
        String text = values.getOrDefault(name, "").strip();
        if (text.isEmpty()) {
            return usual;
        }
        int number = text.matches("\\d{1,6}") ? Integer.parseInt(text) : -1;
        if (number < least || number > most) {
            error(document, written, name, "is \"" + text + "\"", "a whole number from " + least + " to " + most);
            return usual;
        }
        return number;
    }

    private static void error(Document document, Map<String, String> written, String name, String what, String expected) {
        document.root().error("metadata.annotations." + written.getOrDefault(name, name),
                what + ", so that the Ingress is not served", expected);
    }
}
