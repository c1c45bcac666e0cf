package io.jigress.grpcjson.transcode;

import java.nio.charset.StandardCharsets;

/// Reads JSON text (RFC 8259) from bytes, token by token. Strict: names and strings must be UTF-8 without control characters.
final class JsonInput {
    private static final int MAX_NUMBER = 1_000;

    private final byte[] text;
    private final int end;
    private final Limits limits;
    private int at;
    private int depth;
    private int values;

    JsonInput(byte[] text, int end, Limits limits) {
        this.text = text;
        this.end = end;
        this.limits = limits;
    }

    byte[] text() {
        return text;
    }

    int at() {
        return at;
    }

    /// Continues elsewhere, within an object or list of the same depth.
    void at(int position) {
        at = position;
    }

    /// The first byte of the next token, which is not consumed; -1 at the end.
    int next() {
        while (at < end) {
            byte b = text[at];
            if (b != ' ' && b != '\n' && b != '\r' && b != '\t') {
                return b;
            }
            at++;
        }
        return -1;
    }

    /// Whether nothing but white space follows.
    boolean isAtEnd() {
        next();
        return at >= end;
    }

    Fault unexpected(String expected) {
        if (at >= end) {
            return new Fault("the text ends where " + expected + " is expected");
        }
        int first = text[at];
        String found = switch (first) {
            case '{' -> "an object";
            case '[' -> "a list";
            case '"' -> "a string";
            case 't', 'f' -> "a boolean";
            case 'n' -> "null";
            case '-', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9' -> "a number";
            default -> first > 0x20 && first < 0x7f ? "'" + (char) first + "'" : "an unexpected byte";
        };
        return new Fault("is " + found + " at byte " + at + " (expected: " + expected + ")");
    }

    void expect(char c, String expected) throws Fault {
        if (next() != c) {
            throw unexpected(expected);
        }
        at++;
    }

    /// Enters an object or a list.
    ///
    /// @return whether it has members
    boolean enter(char open, char close, String expected) throws Fault {
        expect(open, expected);
        if (++depth > limits.depth()) {
            throw Fault.limit("is nested deeper than " + limits.depth() + " levels");
        }
        if (next() == close) {
            at++;
            depth--;
            return false;
        }
        return true;
    }

    /// Whether another member or item follows; leaves the object or list when none does.
    boolean another(char close) throws Fault {
        int found = next();
        if (found == ',') {
            at++;
            return true;
        }
        if (found != close) {
            throw unexpected(close == '}' ? "a comma or }" : "a comma or ]");
        }
        at++;
        depth--;
        return false;
    }

    void count() throws Fault {
        if (++values > limits.elements()) {
            throw Fault.limit("has more than " + limits.elements() + " values");
        }
    }

    /// The depth of where it stands, to return to after a fault or a jump.
    int depth() {
        return depth;
    }

    /// Returns to a position that was passed before.
    void back(int position, int depthThere) {
        at = position;
        depth = depthThere;
    }

    // ---- words and numbers

    void word(String word) throws Fault {
        for (int i = 0; i < word.length(); i++) {
            if (at >= end || text[at] != word.charAt(i)) {
                throw unexpected("a value");
            }
            at++;
        }
    }

    boolean isNull() { return next() == 'n'; }

    /// A number as it is written; it stands before its first character.
    String number() throws Fault {
        int start = at;
        skipNumber();
        if (at - start > MAX_NUMBER) {
            throw Fault.limit("is a number of more than " + MAX_NUMBER + " characters");
        }
        return new String(text, start, at - start, StandardCharsets.ISO_8859_1);
    }

    boolean isNumber() {
        int first = next();
        return first == '-' || first >= '0' && first <= '9';
    }

    private void skipNumber() throws Fault {
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
    }

    private int peek() {
        return at < end ? text[at] : -1;
    }

    private void digits() throws Fault {
        int start = at;
        while (at < end && text[at] >= '0' && text[at] <= '9') {
            at++;
        }
        if (at == start) {
            throw unexpected("a digit");
        }
    }

    /// Whether the number is short and has only digits, so that [#digitsOnly] reads it.
    boolean isShortInteger() {
        int i = at < end && text[at] == '-' ? at + 1 : at;
        int start = i;
        while (i < end && text[i] >= '0' && text[i] <= '9') {
            i++;
        }
        boolean more = i < end && (text[i] == '.' || text[i] == 'e' || text[i] == 'E');
        return i > start && i - start <= 18 && !more && (text[start] != '0' || i - start == 1);
    }

    long digitsOnly() {
        boolean negative = text[at] == '-';
        if (negative) {
            at++;
        }
        long value = 0;
        while (at < end && text[at] >= '0' && text[at] <= '9') {
            value = 10 * value + text[at++] - '0';
        }
        return negative ? -value : value;
    }

    // ---- strings

    /// Reads a string to an output, as UTF-8 behind its length.
    void delimited(ProtoOutput out) throws Fault {
        if (next() == '"') {
            int start = at + 1;
            int stop = PlainText.end(text, start, end);
            if (stop < end && text[stop] == '"') {
                out.delimited(text, start, stop);
                at = stop + 1;
                return;
            }
        }
        int begin = out.begin();
        string(out);
        out.end(begin);
    }

    private void string(ProtoOutput out) throws Fault {
        expect('"', "a string");
        int start = at;
        while (true) {
            at = PlainText.end(text, at, end);
            int b = at < end ? text[at] : -1;
            if (b == '"') {
                out.raw(text, start, at);
                at++;
                return;
            }
            if (b == '\\') {
                out.raw(text, start, at);
                at++;
                escape(out);
                start = at;
            } else if (b == 0x7f) {
                at++;
            } else {
                unusual(b);
            }
        }
    }

    /// The end of the text, a control character, or characters of several bytes.
    private void unusual(int b) throws Fault {
        if (at >= end) {
            throw new Fault("the text ends within a string");
        }
        if (b >= 0) {
            throw new Fault("is a string with a control character at byte " + at);
        }
        do {
            int length = Utf8.length(text, at, end);
            if (length == 0) {
                throw new Fault("is a string that is not UTF-8 at byte " + at);
            }
            at += length;
        } while (at < end && text[at] < 0);
    }

    private void escape(ProtoOutput out) throws Fault {
        int c = peek();
        at++;
        switch (c) {
            case '"', '\\', '/' -> out.raw(c);
            case 'b' -> out.raw('\b');
            case 'f' -> out.raw('\f');
            case 'n' -> out.raw('\n');
            case 'r' -> out.raw('\r');
            case 't' -> out.raw('\t');
            case 'u' -> {
                int unit = unit();
                if (Character.isHighSurrogate((char) unit) && peek() == '\\' && at + 1 < end && text[at + 1] == 'u') {
                    at += 2;
                    int low = unit();
                    if (!Character.isLowSurrogate((char) low)) {
                        throw new Fault("is a string with half of a surrogate pair at byte " + at);
                    }
                    Utf8.write(out, Character.toCodePoint((char) unit, (char) low));
                } else if (Character.isSurrogate((char) unit)) {
                    throw new Fault("is a string with half of a surrogate pair at byte " + at);
                } else {
                    Utf8.write(out, unit);
                }
            }
            default -> throw new Fault("is a string with an unknown escape at byte " + (at - 1));
        }
    }

    private int unit() throws Fault {
        int unit = 0;
        for (int i = 0; i < 4; i++) {
            int digit = peek() < 0 ? -1 : Character.digit(peek(), 16);
            if (digit < 0) {
                throw new Fault("is a string with an escape that has not four hexadecimal digits, at byte " + at);
            }
            unit = unit << 4 | digit;
            at++;
        }
        return unit;
    }

    /// Skips a string of printable ASCII without escapes.
    ///
    /// @return where its closing quote is; 0 when it is another string, and then the position is undefined
    int plainString() {
        at++;
        while (at < end && text[at] >= 0x20 && text[at] != '\\') {
            if (text[at++] == '"') {
                return at - 1;
            }
        }
        return 0;
    }

    String string() throws Fault {
        expect('"', "a string");
        int start = at;
        at = PlainText.end(text, at, end);
        if (at < end && text[at] == '"') {
            return new String(text, start, at++ - start, StandardCharsets.ISO_8859_1);
        }
        at = start - 1;
        ProtoOutput out = new ProtoOutput(64, limits.bytes());
        string(out);
        return new String(out.bytes(), 0, out.size(), StandardCharsets.UTF_8);
    }

    // ---- values that are not read

    /// Skips a value, and checks that it is JSON.
    void skip() throws Fault {
        count();
        switch (next()) {
            case '{' -> {
                if (enter('{', '}', "an object")) {
                    do {
                        skipString();
                        expect(':', "a colon");
                        skip();
                    } while (another('}'));
                }
            }
            case '[' -> {
                if (enter('[', ']', "a list")) {
                    do {
                        skip();
                    } while (another(']'));
                }
            }
            case '"' -> skipString();
            case 't' -> word("true");
            case 'f' -> word("false");
            case 'n' -> word("null");
            default -> {
                if (!isNumber()) {
                    throw unexpected("a value");
                }
                skipNumber();
            }
        }
    }

    private void skipString() throws Fault {
        string();
    }
}
