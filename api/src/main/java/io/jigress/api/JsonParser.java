package io.jigress.api;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Parses JSON text (RFC 8259) into a [Json] tree, within limits: text of clients, or of services that a filter has asked. Strict: nothing may follow the
/// value, the names of an object must differ, the text must be UTF-8. Numbers keep their literals. For several threads.
public final class JsonParser {

    /// What [#parse] gives.
    public sealed interface Parsed {
    }

    public record Value(Json json) implements Parsed {
    }

    /// @param offset of the byte where parsing stopped
    public record Invalid(int offset, String what) implements Parsed {
    }

    private static final int MAX_NUMBER = 1_000;

    private final byte[] text;
    private final JsonLimits limits;
    private int at;
    private int depth;
    private int values;

    private JsonParser(byte[] text, JsonLimits limits) {
        this.text = text;
        this.limits = limits;
    }

    /// Never throws, for any bytes.
    public static Parsed parse(byte[] text, JsonLimits limits) {
        JsonParser parser = new JsonParser(text, limits);
        try {
            Json json = parser.value();
            parser.space();
            if (parser.at < text.length) {
                throw parser.fault("more text after the value");
            }
            return new Value(json);
        } catch (Fault fault) {
            return new Invalid(parser.at, String.valueOf(fault.getMessage()));
        }
    }

    private static final class Fault extends Exception {
        Fault(String what) {
            super(what, null, false, false);
        }
    }

    private Fault fault(String what) {
        return new Fault(what);
    }

    private Json value() throws Fault {
        if (++values > limits.values()) {
            throw fault("more than " + limits.values() + " values");
        }
        space();
        return switch (peek()) {
            case '{' -> object();
            case '[' -> array();
            case '"' -> new Json.Str(string());
            case 't' -> word("true", new Json.Bool(true));
            case 'f' -> word("false", new Json.Bool(false));
            case 'n' -> word("null", Json.Null.NULL);
            default -> number();
        };
    }

    private Json object() throws Fault {
        enter();
        Map<String, Json> members = new LinkedHashMap<>();
        at++;
        space();
        if (peek() == '}') {
            at++;
        } else {
            while (true) {
                space();
                if (peek() != '"') {
                    throw fault("a name in quotes expected");
                }
                int start = at;
                String name = string();
                space();
                expect(':');
                if (members.put(name, value()) != null) {
                    at = start;
                    throw fault("the name occurs twice in its object");
                }
                if (!another('}')) {
                    break;
                }
            }
        }
        depth--;
        return new Json.Obj(members);
    }

    private Json array() throws Fault {
        enter();
        List<Json> items = new ArrayList<>();
        at++;
        space();
        if (peek() == ']') {
            at++;
        } else {
            do {
                items.add(value());
            } while (another(']'));
        }
        depth--;
        return new Json.Arr(items);
    }

    private void enter() throws Fault {
        if (++depth > limits.depth()) {
            throw fault("nested deeper than " + limits.depth());
        }
    }

    private boolean another(char end) throws Fault {
        space();
        int next = peek();
        if (next != ',' && next != end) {
            throw fault("a comma or " + end + " expected");
        }
        at++;
        return next == ',';
    }

    private Json word(String word, Json value) throws Fault {
        for (int i = 0; i < word.length(); i++) {
            expect(word.charAt(i));
        }
        return value;
    }

    private Json number() throws Fault {
        int start = at;
        if (peek() == '-') {
            at++;
        }
        if (peek() == '0') {
            at++;
        } else {
            digits();
        }
        if (peek() == '.') {
            at++;
            digits();
        }
        if (peek() == 'e' || peek() == 'E') {
            at++;
            if (peek() == '+' || peek() == '-') {
                at++;
            }
            digits();
        }
        if (at - start > MAX_NUMBER) {
            throw fault("a number of more than " + MAX_NUMBER + " characters");
        }
        return new Json.Num(new String(text, start, at - start, StandardCharsets.US_ASCII));
    }

    private void digits() throws Fault {
        int start = at;
        while (peek() >= '0' && peek() <= '9') {
            at++;
        }
        if (at == start) {
            throw fault(at == text.length ? "the text ends within a value" : "a value expected");
        }
    }

    private String string() throws Fault {
        int start = ++at;
        boolean ascii = true;
        while (at < text.length) {
            byte b = text[at];
            if (b == '"') {
                String whole = decoded(start, ascii);
                at++;
                return whole;
            }
            if (b == '\\') {
                return escaped(start, ascii);
            }
            if (b >= 0 && b < 0x20) {
                throw fault("a control character in a string");
            }
            ascii &= b >= 0;
            at++;
        }
        throw fault("the text ends within a string");
    }

    private String decoded(int start, boolean ascii) throws Fault {
        if (ascii) {
            return new String(text, start, at - start, StandardCharsets.US_ASCII);
        }
        try {
            return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(text, start, at - start)).toString();
        } catch (CharacterCodingException _) {
            at = start;
            throw fault("a string that is not UTF-8");
        }
    }

    private String escaped(int begin, boolean asciiSoFar) throws Fault {
        StringBuilder whole = new StringBuilder(decoded(begin, asciiSoFar));
        int start = at;
        boolean ascii = true;
        while (at < text.length) {
            byte b = text[at];
            if (b == '"') {
                whole.append(decoded(start, ascii));
                at++;
                return whole.toString();
            }
            if (b == '\\') {
                whole.append(decoded(start, ascii));
                at++;
                whole.append(escape());
                start = at;
                ascii = true;
            } else if (b >= 0 && b < 0x20) {
                throw fault("a control character in a string");
            } else {
                ascii &= b >= 0;
                at++;
            }
        }
        throw fault("the text ends within a string");
    }

    private char escape() throws Fault {
        int c = peek();
        at++;
        return switch (c) {
            case '"', '\\', '/' -> (char) c;
            case 'b' -> '\b';
            case 'f' -> '\f';
            case 'n' -> '\n';
            case 'r' -> '\r';
            case 't' -> '\t';
            case 'u' -> {
                int unit = 0;
                for (int i = 0; i < 4; i++) {
                    int digit = Character.digit(peek(), 16);
                    if (digit < 0 || peek() >= 0x80) {
                        throw fault("four hexadecimal digits expected");
                    }
                    unit = unit << 4 | digit;
                    at++;
                }
                yield (char) unit;
            }
            default -> {
                at--;
                throw fault("an unknown escape in a string");
            }
        };
    }

    private void expect(char c) throws Fault {
        if (peek() != c) {
            throw fault(at == text.length ? "the text ends within a value" : c == ':' ? "a colon expected" : "a value expected");
        }
        at++;
    }

    private void space() {
        while (at < text.length && (text[at] == ' ' || text[at] == '\n' || text[at] == '\r' || text[at] == '\t')) {
            at++;
        }
    }

    /// The next byte; 0 at the end, and for a byte 0, which is never valid.
    private int peek() {
        return at < text.length ? text[at] & 0xff : 0;
    }
}
