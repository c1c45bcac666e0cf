package io.jigress.waf.transform;

/// Which kinds of bytes a value has, as bits: a transformation that touches none of them leaves the value as it is.
public final class Traits {
    static final int NUL = 1;
    static final int SPACE = 1 << 1;
    static final int UPPER = 1 << 2;
    static final int LOWER = 1 << 3;
    static final int PERCENT = 1 << 4;
    static final int PLUS = 1 << 5;
    static final int AMPERSAND = 1 << 6;
    static final int BACKSLASH = 1 << 7;
    static final int SLASH = 1 << 8;
    static final int DOT = 1 << 9;
    static final int DASH = 1 << 10;
    static final int HASH = 1 << 11;
    static final int LESS = 1 << 12;
    static final int STAR = 1 << 13;
    /// Quotes and the caret.
    static final int QUOTE = 1 << 14;
    /// The comma and the semicolon.
    static final int COMMA = 1 << 15;
    static final int ZERO = 1 << 16;
    static final int HIGH = 1 << 17;
    /// A bit of every value, also of an empty one.
    static final int ANY = 1 << 30;

    private static final int[] OF_BYTE = new int[256];

    static {
        for (int c = 0; c < 256; c++) {
            OF_BYTE[c] = switch (c) {
                case 0 -> NUL;
                case ' ', '\t', '\n', 0x0b, '\f', '\r' -> SPACE;
                case '%' -> PERCENT;
                case '+' -> PLUS;
                case '&' -> AMPERSAND;
                case '\\' -> BACKSLASH;
                case '/' -> SLASH;
                case '.' -> DOT;
                case '-' -> DASH;
                case '#' -> HASH;
                case '<' -> LESS;
                case '*' -> STAR;
                case '"', '\'', '^' -> QUOTE;
                case ',', ';' -> COMMA;
                case '0' -> ZERO;
                default -> c >= 'A' && c <= 'Z' ? UPPER
                        : c >= 'a' && c <= 'z' ? LOWER : c == Bytes.NBSP ? HIGH | SPACE : c >= 0x80 ? HIGH : 0;
            };
        }
    }

    private Traits() {
    }

    /// The traits of a value. Never 0.
    public static int of(byte[] bytes, int from, int to) {
        int traits = ANY;
        for (int i = from; i < to; i++) {
            traits |= OF_BYTE[bytes[i] & 0xff];
        }
        return traits;
    }
}
