package io.jigress.waf.body;

import io.jigress.waf.model.ByteString;
import org.jspecify.annotations.Nullable;

/// Flattens a JSON text into arguments: `{"a":{"b":[1]}}` becomes `json.a.b.0` = `1`.
///
/// Accepts exactly what RFC 8259 accepts; repeated keys are all reported. Each scalar has a name with the names of all objects around it; these
/// names together may take [#NAMES_PER_BYTE] times the bytes of the text, so that the cost of a text is proportional to its length.
public final class JsonArguments {
    private static final int NAMES_PER_BYTE = 16;
    /// Bytes of names that any text may have.
    private static final int LEAST_NAMES = 64 * 1024;

    private final byte[] bytes;
    private final int to;
    private final int maxDepth;
    private final PairSink sink;
    private final ByteString name = new ByteString();
    private final ByteString value = new ByteString();
    private int at;
    private int depth;
    /// Bytes that the names of further scalars may have.
    private long names;
    private @Nullable String error;

    private JsonArguments(byte[] bytes, int from, int to, int maxDepth, PairSink sink) {
        this.bytes = bytes;
        this.to = to;
        this.maxDepth = maxDepth;
        this.sink = sink;
        at = from;
        names = LEAST_NAMES + (long) NAMES_PER_BYTE * (to - from);
    }

    /// Reports every scalar; returns the error in the text, or null. Scalars before the error have been reported.
    public static @Nullable String parse(byte[] bytes, int from, int to, int maxDepth, PairSink sink) {
        JsonArguments parser = new JsonArguments(bytes, from, to, maxDepth, sink);
        parser.name.append("json");
        parser.space();
        parser.value();
        parser.space();
        if (parser.error == null && parser.at < to) {
            parser.fail("text after the value");
        }
        return parser.error;
    }

    private void fail(String what) {
        if (error == null) {
            error = "JSON: " + what + " at byte " + at;
        }
        at = to;
    }

    private int peek() {
        return at < to ? bytes[at] & 0xff : -1;
    }

    private void space() {
        while (at < to && (bytes[at] == ' ' || bytes[at] == '\t' || bytes[at] == '\n' || bytes[at] == '\r')) {
            at++;
        }
    }

    private void value() {
        switch (peek()) {
            case '{' -> object();
            case '[' -> array();
            case '"' -> {
                value.clear();
                string(value);
                report();
            }
            case 't' -> word("true");
            case 'f' -> word("false");
            case 'n' -> word("null");
            default -> number();
        }
    }

    private void report() {
        names -= name.length();
        if (names < 0) {
            fail("names of arguments of more than " + NAMES_PER_BYTE + " times the bytes of the body");
        }
        if (error == null) {
            sink.pair(name.array(), 0, name.length(), value.array(), 0, value.length());
        }
    }

    private void word(String word) {
        for (int i = 0; i < word.length(); i++) {
            if (peek() != word.charAt(i)) {
                fail("an unknown word");
                return;
            }
            at++;
        }
        value.clear();
        // null is an empty value, as in Coraza.
        if (!word.equals("null")) {
            value.append(word);
        }
        report();
    }

    private void number() {
        int start = at;
        if (peek() == '-') {
            at++;
        }
        int first = peek();
        if (!digits() || first == '0' && at - start > (bytes[start] == '-' ? 2 : 1)) {
            fail("no value");
            return;
        }
        if (peek() == '.') {
            at++;
            if (!digits()) {
                fail("a fraction without digits");
                return;
            }
        }
        if ((peek() | 32) == 'e') {
            at++;
            if (peek() == '+' || peek() == '-') {
                at++;
            }
            if (!digits()) {
                fail("an exponent without digits");
                return;
            }
        }
        value.clear();
        value.append(bytes, start, at);
        report();
    }

    private boolean digits() {
        int start = at;
        while (at < to && bytes[at] >= '0' && bytes[at] <= '9') {
            at++;
        }
        return at > start;
    }

    private boolean enter() {
        at++;
        if (++depth > maxDepth) {
            fail("nesting deeper than " + maxDepth);
            return false;
        }
        space();
        return true;
    }

    private void object() {
        if (!enter()) {
            return;
        }
        int parent = name.length();
        if (peek() == '}') {
            at++;
            depth--;
            return;
        }
        while (error == null) {
            space();
            if (peek() != '"') {
                fail("a member without a name");
                return;
            }
            name.truncate(parent);
            name.append('.');
            string(name);
            space();
            if (peek() != ':') {
                fail("a member without a colon");
                return;
            }
            at++;
            space();
            value();
            space();
            int next = peek();
            at++;
            if (next == '}') {
                break;
            }
            if (next != ',') {
                at--;
                fail("an object that does not end");
            }
        }
        name.truncate(parent);
        depth--;
    }

    private void array() {
        if (!enter()) {
            return;
        }
        int parent = name.length();
        if (peek() == ']') {
            at++;
            depth--;
            return;
        }
        int index = 0;
        while (error == null) {
            space();
            name.truncate(parent);
            name.append('.');
            name.appendNumber(index++);
            value();
            space();
            int next = peek();
            at++;
            if (next == ']') {
                break;
            }
            if (next != ',') {
                at--;
                fail("an array that does not end");
            }
        }
        name.truncate(parent);
        depth--;
    }

    private void string(ByteString out) {
        at++;
        while (true) {
            int c = peek();
            if (c < 0 || c < 32) {
                fail(c < 0 ? "a string that does not end" : "a control character in a string");
                return;
            }
            at++;
            if (c == '"') {
                return;
            }
            if (c != '\\') {
                out.append(c);
                continue;
            }
            int escape = peek();
            at++;
            switch (escape) {
                case '"', '\\', '/' -> out.append(escape);
                case 'b' -> out.append('\b');
                case 'f' -> out.append('\f');
                case 'n' -> out.append('\n');
                case 'r' -> out.append('\r');
                case 't' -> out.append('\t');
                case 'u' -> unicode(out);
                default -> {
                    fail("an unknown escape");
                    return;
                }
            }
            if (error != null) {
                return;
            }
        }
    }

    private void unicode(ByteString out) {
        int code = hex();
        if (code >= 0xd800 && code < 0xdc00 && at + 1 < to && bytes[at] == '\\' && bytes[at + 1] == 'u') {
            at += 2;
            int low = hex();
            if (low >= 0xdc00 && low < 0xe000) {
                code = 0x10000 + (code - 0xd800 << 10) + (low - 0xdc00);
            } else {
                utf8(out, 0xfffd);
                code = low;
            }
        }
        if (code < 0) {
            fail("an escape without four hexadecimal digits");
            return;
        }
        utf8(out, code >= 0xd800 && code < 0xe000 ? 0xfffd : code);
    }

    private int hex() {
        if (at + 4 > to) {
            return -1;
        }
        int code = 0;
        for (int i = 0; i < 4; i++) {
            int digit = Character.digit(bytes[at + i], 16);
            if (digit < 0) {
                return -1;
            }
            code = code << 4 | digit;
        }
        at += 4;
        return code;
    }

    private static void utf8(ByteString out, int code) {
        if (code < 0x80) {
            out.append(code);
        } else if (code < 0x800) {
            out.append(0xc0 | code >> 6);
            out.append(0x80 | code & 0x3f);
        } else if (code < 0x10000) {
            out.append(0xe0 | code >> 12);
            out.append(0x80 | code >> 6 & 0x3f);
            out.append(0x80 | code & 0x3f);
        } else {
            out.append(0xf0 | code >> 18);
            out.append(0x80 | code >> 12 & 0x3f);
            out.append(0x80 | code >> 6 & 0x3f);
            out.append(0x80 | code & 0x3f);
        }
    }
}
