package io.jigress.testkit;

import io.jigress.api.Json;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Reads the JSON text that a test writes down as a filter's configuration (RFC 8259; strings may also be in single quotes).
final class JsonSource {
    private final String text;
    private int at;

    private JsonSource(String text) {
        this.text = text;
    }

    /// @throws IllegalArgumentException when it is not JSON
    static Json parse(String text) {
        JsonSource source = new JsonSource(text);
        Json json = source.value();
        source.blank();
        if (source.at < text.length()) {
            throw source.fault("the end");
        }
        return json;
    }

    private Json value() {
        return switch (peek()) {
            case '{' -> object();
            case '[' -> array();
            case '"', '\'' -> Json.of(string());
            default -> literal();
        };
    }

    private Json object() {
        Map<String, Json> members = new LinkedHashMap<>();
        at++;
        while (peek() != '}') {
            if (!members.isEmpty()) {
                expect(',');
            }
            if (peek() != '"' && peek() != '\'') {
                throw fault("a name");
            }
            String name = string();
            expect(':');
            members.put(name, value());
        }
        at++;
        return new Json.Obj(members);
    }

    private Json array() {
        List<Json> items = new ArrayList<>();
        at++;
        while (peek() != ']') {
            if (!items.isEmpty()) {
                expect(',');
            }
            items.add(value());
        }
        at++;
        return new Json.Arr(items);
    }

    private Json literal() {
        int from = at;
        while (at < text.length() && "+-.".indexOf(text.charAt(at)) >= 0
                || at < text.length() && Character.isLetterOrDigit(text.charAt(at))) {
            at++;
        }
        String word = text.substring(from, at);
        return switch (word) {
            case "true" -> Json.of(true);
            case "false" -> Json.of(false);
            case "null" -> Json.Null.NULL;
            default -> {
                if (!word.matches("-?(0|[1-9][0-9]*)(\\.[0-9]+)?([eE][-+]?[0-9]+)?")) {
                    at = from;
                    throw fault("a value");
                }
                yield new Json.Num(word);
            }
        };
    }

    private String string() {
        char quote = text.charAt(at++);
        StringBuilder out = new StringBuilder();
        while (at < text.length() && text.charAt(at) != quote) {
            char c = text.charAt(at++);
            if (c != '\\') {
                out.append(c);
                continue;
            }
            char escape = at < text.length() ? text.charAt(at++) : ' ';
            switch (escape) {
                case 'n' -> out.append('\n');
                case 'r' -> out.append('\r');
                case 't' -> out.append('\t');
                case 'b' -> out.append('\b');
                case 'f' -> out.append('\f');
                case '"', '\'', '\\', '/' -> out.append(escape);
                case 'u' -> {
                    out.append((char) Integer.parseInt(text.substring(at, at + 4), 16));
                    at += 4;
                }
                default -> throw fault("an escape");
            }
        }
        if (at == text.length()) {
            throw fault("the end of a string");
        }
        at++;
        return out.toString();
    }

    private void expect(char c) {
        if (peek() != c) {
            throw fault("'" + c + "'");
        }
        at++;
    }

    private char peek() {
        blank();
        if (at == text.length()) {
            throw fault("more");
        }
        return text.charAt(at);
    }

    private void blank() {
        while (at < text.length() && Character.isWhitespace(text.charAt(at))) {
            at++;
        }
    }

    private IllegalArgumentException fault(String expected) {
        return new IllegalArgumentException("at " + at + " of " + text + " (expected: " + expected + ")");
    }
}
