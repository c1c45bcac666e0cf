package io.jigress.waf.transform;

/// Helpers of transformations for single bytes.
final class Bytes {
    /// The non-breaking space of ISO 8859-1, which counts as white space.
    static final int NBSP = 0xa0;

    private Bytes() {
    }

    /// The value of a hexadecimal digit, or -1.
    static int hex(int c) {
        if (c >= '0' && c <= '9') {
            return c - '0';
        }
        int lower = c | 32;
        return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
    }

    /// The byte of two hexadecimal digits; -1 when they are not hexadecimal digits or beyond the end.
    static int hexPair(byte[] in, int at, int to) {
        if (at + 1 >= to) {
            return -1;
        }
        int high = hex(in[at]);
        int low = hex(in[at + 1]);
        return high < 0 || low < 0 ? -1 : high << 4 | low;
    }

    /// The value of `count` hexadecimal digits, or -1.
    static int hexNumber(byte[] in, int at, int to, int count) {
        if (at + count > to) {
            return -1;
        }
        int value = 0;
        for (int i = at; i < at + count; i++) {
            int digit = hex(in[i]);
            if (digit < 0) {
                return -1;
            }
            value = value << 4 | digit;
        }
        return value;
    }

    static boolean isOctal(int c) {
        return c >= '0' && c <= '7';
    }

    /// The number of octal digits at this position, at most three.
    static int octalLength(byte[] in, int at, int to) {
        int length = 0;
        while (length < 3 && at + length < to && isOctal(in[at + length])) {
            length++;
        }
        return length;
    }

    static int octalNumber(byte[] in, int at, int length) {
        int value = 0;
        for (int i = at; i < at + length; i++) {
            value = value * 8 + in[i] - '0';
        }
        return value;
    }

    static boolean isSpace(int c) {
        return c == ' ' || c >= '\t' && c <= '\r';
    }

    /// The low byte of a code point; the full width forms of ASCII become ASCII.
    static byte narrow(int code) {
        return (byte) (code >= 0xff01 && code <= 0xff5e ? (code & 0xff) + 0x20 : code & 0xff);
    }

    /// The byte of a C escape by the letter after the backslash: `n` is a line feed. -1 when it is not an escape.
    static int control(int letter) {
        return switch (letter) {
            case 'a' -> 7;
            case 'b' -> 8;
            case 'f' -> 12;
            case 'n' -> 10;
            case 'r' -> 13;
            case 't' -> 9;
            case 'v' -> 11;
            default -> -1;
        };
    }
}
