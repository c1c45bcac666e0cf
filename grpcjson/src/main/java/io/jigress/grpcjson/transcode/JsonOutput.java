package io.jigress.grpcjson.transcode;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;

/// Writes JSON text to a growing array.
final class JsonOutput {
    private static final byte[] HEX = "0123456789abcdef".getBytes(StandardCharsets.ISO_8859_1);

    private final int limit;
    private byte[] bytes;
    private int size;

    JsonOutput(int capacity, int limit) {
        this.bytes = new byte[Math.min(Math.max(16, capacity), limit)];
        this.limit = limit;
    }

    byte[] bytes() {
        return bytes;
    }

    int size() {
        return size;
    }

    private void room(int more) throws Fault {
        if (bytes.length - size < more) {
            if (more > limit - size) {
                throw Fault.limit("the message is longer than " + limit + " bytes as JSON");
            }
            bytes = Arrays.copyOf(bytes, (int) Math.min(limit, Math.max(2L * bytes.length, (long) size + more)));
        }
    }

    void raw(int c) throws Fault {
        room(1);
        bytes[size++] = (byte) c;
    }

    void raw(byte[] data) throws Fault {
        room(data.length);
        System.arraycopy(data, 0, bytes, size, data.length);
        size += data.length;
    }

    /// ASCII that needs no escapes.
    void ascii(String text) throws Fault {
        int length = text.length();
        room(length);
        for (int i = 0; i < length; i++) {
            bytes[size++] = (byte) text.charAt(i);
        }
    }

    void quoted(String ascii) throws Fault {
        raw('"');
        ascii(ascii);
        raw('"');
    }

    void integer(long value) throws Fault {
        if (value < 0) {
            if (value == Long.MIN_VALUE) {
                ascii("-9223372036854775808");
                return;
            }
            raw('-');
        }
        positive(Math.abs(value));
    }

    private void positive(long value) throws Fault {
        int digits = 1;
        for (long rest = value; rest >= 10; rest /= 10) {
            digits++;
        }
        room(digits);
        long rest = value;
        for (int i = size + digits - 1; i >= size; i--) {
            bytes[i] = (byte) ('0' + rest % 10);
            rest /= 10;
        }
        size += digits;
    }

    void unsigned(long value) throws Fault {
        if (value < 0) {
            ascii(Long.toUnsignedString(value));
        } else {
            positive(value);
        }
    }

    void real(double value) throws Fault {
        if (Double.isNaN(value) || Double.isInfinite(value)) {
            quoted(Double.toString(value));
        } else {
            ascii(trimmed(Double.toString(value)));
        }
    }

    void real(float value) throws Fault {
        if (Float.isNaN(value) || Float.isInfinite(value)) {
            quoted(Float.toString(value));
        } else {
            ascii(trimmed(Float.toString(value)));
        }
    }

    private static String trimmed(String number) {
        return number.endsWith(".0") ? number.substring(0, number.length() - 2) : number;
    }

    void base64(byte[] data, int from, int to) throws Fault {
        room((int) Math.min(Integer.MAX_VALUE, (to - from + 2L) / 3 * 4 + 2));
        raw('"');
        raw(Base64.getEncoder().encode(from == 0 && to == data.length ? data : Arrays.copyOfRange(data, from, to)));
        raw('"');
    }

    void string(String text) throws Fault {
        byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
        string(utf8, 0, utf8.length);
    }

    /// A string in UTF-8, in quotes.
    void string(byte[] text, int from, int to) throws Fault {
        room(to - from + 2);
        bytes[size++] = '"';
        int start = from;
        for (int at = PlainText.end(text, from, to); at < to; at = PlainText.end(text, at, to)) {
            byte b = text[at];
            if (b >= 0) {
                copy(text, start, at);
                escape(b);
                start = ++at;
                continue;
            }
            do {
                int length = Utf8.length(text, at, to);
                if (length == 0) {
                    throw new Fault("is a string that is not UTF-8");
                }
                at += length;
            } while (at < to && text[at] < 0);
        }
        copy(text, start, to);
        raw('"');
    }

    private void copy(byte[] text, int from, int to) throws Fault {
        room(to - from);
        System.arraycopy(text, from, bytes, size, to - from);
        size += to - from;
    }

    private void escape(byte b) throws Fault {
        raw('\\');
        switch (b) {
            case '"', '\\' -> raw(b);
            case '\n' -> raw('n');
            case '\r' -> raw('r');
            case '\t' -> raw('t');
            case '\b' -> raw('b');
            case '\f' -> raw('f');
            default -> {
                ascii("u00");
                raw(HEX[b >> 4]);
                raw(HEX[b & 0xf]);
            }
        }
    }
}
