package io.jigress.plugins.load;

import io.jigress.api.Json;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Reads the JSON documents of registries (RFC 8259).
final class JsonParser {
    private static final int MAX_DEPTH = 64;

    private final String text;
    private int at;

    private JsonParser(String text) {
        this.text = text;
    }

    /// @throws IllegalArgumentException when the text is not a JSON document
    static Json parse(String text) {
        JsonParser parser = new JsonParser(text);
        Json value = parser.value(0);
        parser.blanks();
        if (parser.at < text.length()) {
            throw parser.fault("the end");
        }
        return value;
    }

    private IllegalArgumentException fault(String expected) {
        return new IllegalArgumentException("no JSON: at character " + at + " (expected: " + expected + ")");
    }

    private void blanks() {
        while (at < text.length() && " \t\r\n".indexOf(text.charAt(at)) >= 0) {
            at++;
        }
    }

    /// The next character that is no blank; NUL at the end.
    private char peek() {
        blanks();
        return at < text.length() ? text.charAt(at) : '\0';
    }

    private boolean take(char c) {
        if (peek() == c) {
            at++;
            return true;
        }
        return false;
    }

    private void require(char c) {
        if (!take(c)) {
            throw fault("'" + c + "'");
        }
    }

    private Json value(int depth) {
        if (depth > MAX_DEPTH) {
            throw fault("at most " + MAX_DEPTH + " levels");
        }
        return switch (peek()) {
            case '{' -> object(depth);
            case '[' -> array(depth);
            case '"' -> new Json.Str(string());
            case 't' -> word("true", new Json.Bool(true));
            case 'f' -> word("false", new Json.Bool(false));
            case 'n' -> word("null", Json.Null.NULL);
            default -> number();
        };
    }

    private Json word(String word, Json value) {
        if (!text.startsWith(word, at)) {
            throw fault(word);
        }
        at += word.length();
        return value;
    }

    private Json object(int depth) {
        require('{');
        Map<String, Json> members = new LinkedHashMap<>();
        if (!take('}')) {
            do {
                peek();
                String name = string();
                require(':');
                members.put(name, value(depth + 1));
            } while (take(','));
            require('}');
        }
        return new Json.Obj(members);
    }

    private Json array(int depth) {
        require('[');
        List<Json> items = new ArrayList<>();
        if (!take(']')) {
            do {
                items.add(value(depth + 1));
            } while (take(','));
            require(']');
        }
        return new Json.Arr(items);
    }

    private Json number() {
        int from = at;
        while (at < text.length() && "+-.eE0123456789".indexOf(text.charAt(at)) >= 0) {
            at++;
        }
        String literal = text.substring(from, at);
        if (!literal.matches("-?(0|[1-9][0-9]*)(\\.[0-9]+)?([eE][+-]?[0-9]+)?")) {
            throw fault("a value");
        }
        return new Json.Num(literal);
    }

    private String string() {
        require('"');
        StringBuilder out = new StringBuilder();
        while (at < text.length()) {
            char c = text.charAt(at++);
            if (c == '"') {
                return out.toString();
            }
            out.append(c == '\\' ? escape() : c);
        }
        throw fault("'\"'");
    }

    private char escape() {
        char c = at < text.length() ? text.charAt(at++) : '\0';
        return switch (c) {
            case '"', '\\', '/' -> c;
            case 'b' -> '\b';
            case 'f' -> '\f';
            case 'n' -> '\n';
            case 'r' -> '\r';
            case 't' -> '\t';
            case 'u' -> {
                if (at + 4 > text.length() || !text.substring(at, at + 4).matches("[0-9a-fA-F]{4}")) {
                    throw fault("four hexadecimal digits");
                }
                at += 4;
                yield (char) Integer.parseInt(text.substring(at - 4, at), 16);
            }
            default -> throw fault("an escape");
        };
    }
}
