package io.jigress.grpcjson.rule;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A path of google.api.http: `/v1/{name=shelves/*/books/*}:move`.
///
/// @param segments in order: literals, `*` and, at the end only, `**`
/// @param verb behind the last colon; empty for none
record PathTemplate(List<String> segments, List<Variable> variables, String verb) {
    static final String ONE = "*";
    static final String REST = "**";
    private static final int MAX_SEGMENTS = 64;

    PathTemplate {
        segments = List.copyOf(segments);
        variables = List.copyOf(variables);
    }

    /// The segments `[from, to)` are the value of a field.
    ///
    /// @param several whether it may have more than one segment
    record Variable(String field, int from, int to, boolean several) {}

    /// Null when the text is not a template.
    static @Nullable PathTemplate parse(String text) {
        Parser parser = new Parser(text);
        return parser.path() ? new PathTemplate(parser.segments, parser.variables, parser.verb) : null;
    }

    private static final class Parser {
        private final String text;
        private final List<String> segments = new ArrayList<>();
        private final List<Variable> variables = new ArrayList<>();
        private String verb = "";
        private int at;

        Parser(String text) {
            this.text = text;
        }

        boolean path() {
            if (!take('/')) {
                return false;
            }
            if (at < text.length() && !segments(false)) {
                return false;
            }
            if (take(':')) {
                verb = word();
                if (verb.isEmpty()) {
                    return false;
                }
            }
            int rest = segments.indexOf(REST);
            return at == text.length() && (rest < 0 || rest == segments.size() - 1) && segments.size() <= MAX_SEGMENTS;
        }

        private boolean segments(boolean within) {
            do {
                if (!segment(within)) {
                    return false;
                }
            } while (take('/'));
            return true;
        }

        private boolean segment(boolean within) {
            if (take('*')) {
                segments.add(take('*') ? REST : ONE);
                return true;
            }
            if (at < text.length() && text.charAt(at) == '{') {
                return !within && variable();
            }
            String word = word();
            segments.add(word);
            return !word.isEmpty();
        }

        private boolean variable() {
            at++;
            int start = at;
            while (at < text.length() && (Character.isLetterOrDigit(text.charAt(at)) || "._".indexOf(text.charAt(at)) >= 0)) {
                at++;
            }
            String field = text.substring(start, at);
            int from = segments.size();
            if (take('=')) {
                if (!segments(true)) {
                    return false;
                }
            } else {
                segments.add(ONE);
            }
            boolean several = segments.size() - from > 1 || segments.getLast().equals(REST);
            variables.add(new Variable(field, from, segments.size(), several));
            return !field.isEmpty() && take('}');
        }

        private String word() {
            int start = at;
            while (at < text.length() && "/{}:*=".indexOf(text.charAt(at)) < 0) {
                at++;
            }
            return text.substring(start, at);
        }

        private boolean take(char c) {
            if (at < text.length() && text.charAt(at) == c) {
                at++;
                return true;
            }
            return false;
        }
    }
}
