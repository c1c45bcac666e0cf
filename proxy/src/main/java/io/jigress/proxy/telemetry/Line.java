package io.jigress.proxy.telemetry;

import java.util.Arrays;

/// The line being formatted: ASCII bytes in a buffer that is reused for the next line.
///
/// [#escaped] escapes quotes, backslashes and bytes outside printable ASCII, so that received bytes cannot end a string or a line.
final class Line {
    private static final int FIRST_BYTES = 1024;
    /// The size to which the buffer is reduced after an unusually long line.
    private static final int KEPT_BYTES = 16 * 1024;
    private static final int TEXT_CHARS = 1024;
    private static final byte[] HEX = {'0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'a', 'b', 'c', 'd', 'e', 'f'};

    private final boolean json;
    private byte[] bytes = new byte[FIRST_BYTES];
    private int length;

    /// @param json whether to escape as JSON (`\\u00e9`), else as nginx does (`\\xe9`)
    Line(boolean json) {
        this.json = json;
    }

    void clear() {
        length = 0;
        if (bytes.length > KEPT_BYTES) {
            bytes = new byte[FIRST_BYTES];
        }
    }

    byte[] bytes() {
        return bytes;
    }

    int length() {
        return length;
    }

    void add(byte[] literal) {
        room(literal.length);
        System.arraycopy(literal, 0, bytes, length, literal.length);
        length += literal.length;
    }

    void add(char c) {
        room(1);
        bytes[length++] = (byte) c;
    }

    void add(long number) {
        room(20);
        if (number < 0) {
            bytes[length++] = '-';
            number = -number;
        }
        int digits = 1;
        for (long rest = number; rest >= 10; rest /= 10) {
            digits++;
        }
        digits(number, digits);
    }

    /// Leading zeros where the number has fewer.
    void add(long number, int digits) {
        room(digits);
        digits(number, digits);
    }

    /// Milliseconds with three decimals.
    void addMillis(long nanos) {
        long micros = Math.max(0, nanos) / 1_000;
        add(micros / 1_000);
        add('.');
        add(micros % 1_000, 3);
    }

    /// A byte outside ASCII is written as its ISO-8859-1 character, so that no byte is lost.
    void escaped(ByteField field) {
        int size = field.length();
        byte[] from = field.bytes();
        room(6 * size);
        for (int i = 0; i < size; i++) {
            escaped((char) (from[i] & 0xff));
        }
    }

    void escaped(String text) {
        int size = Math.min(text.length(), TEXT_CHARS);
        room(6 * size);
        for (int i = 0; i < size; i++) {
            escaped(text.charAt(i));
        }
    }

    /// The same without spaces.
    void escapedWord(String text) {
        int size = Math.min(text.length(), TEXT_CHARS);
        room(6 * size);
        for (int i = 0; i < size; i++) {
            char c = text.charAt(i);
            if (c == ' ') {
                escape(c);
            } else {
                escaped(c);
            }
        }
    }

    private void escaped(char c) {
        if (c >= ' ' && c < 0x7f && c != '"' && c != '\\') {
            bytes[length++] = (byte) c;
        } else {
            escape(c);
        }
    }

    private void escape(char c) {
        bytes[length++] = '\\';
        if (json && (c == '"' || c == '\\')) {
            bytes[length++] = (byte) c;
            return;
        }
        boolean wide = json || c > 0xff;
        bytes[length++] = (byte) (wide ? 'u' : 'x');
        for (int shift = wide ? 12 : 4; shift >= 0; shift -= 4) {
            bytes[length++] = HEX[c >> shift & 0xf];
        }
    }

    private void digits(long number, int digits) {
        for (int at = length + digits - 1; at >= length; at--) {
            bytes[at] = (byte) ('0' + number % 10);
            number /= 10;
        }
        length += digits;
    }

    private void room(int more) {
        if (bytes.length - length < more) {
            bytes = Arrays.copyOf(bytes, Math.max(2 * bytes.length, length + more));
        }
    }
}
