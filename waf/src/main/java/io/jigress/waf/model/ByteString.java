package io.jigress.waf.model;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/// A growable array of bytes.
public final class ByteString {
    private byte[] bytes = new byte[64];
    private int length;

    public void append(byte[] source, int from, int to) {
        reserve(to - from);
        System.arraycopy(source, from, bytes, length, to - from);
        length += to - from;
    }

    public void append(byte[] source) {
        append(source, 0, source.length);
    }

    public void append(int value) {
        reserve(1);
        bytes[length++] = (byte) value;
    }

    /// Appends a string of one byte per character.
    public void append(String text) {
        int count = text.length();
        reserve(count);
        for (int i = 0; i < count; i++) {
            bytes[length + i] = (byte) text.charAt(i);
        }
        length += count;
    }

    /// Appends the digits of a number that is not negative.
    public void appendNumber(int number) {
        int digits = 1;
        for (int rest = number / 10; rest > 0; rest /= 10) {
            digits++;
        }
        reserve(digits);
        int rest = number;
        for (int i = length + digits - 1; i >= length; i--) {
            bytes[i] = (byte) ('0' + rest % 10);
            rest /= 10;
        }
        length += digits;
    }

    /// Converts ASCII letters to lower case.
    public void toLowerCase() {
        for (int i = 0; i < length; i++) {
            if (bytes[i] >= 'A' && bytes[i] <= 'Z') {
                bytes[i] = (byte) (bytes[i] + 32);
            }
        }
    }

    /// Truncates to the first bytes.
    public void truncate(int newLength) {
        length = Math.min(length, newLength);
    }

    public void clear() {
        length = 0;
    }

    public int length() {
        return length;
    }

    /// The backing array, valid until the next change; only the first [#length] bytes are used.
    public byte[] array() {
        return bytes;
    }

    public byte[] toBytes() {
        return Arrays.copyOf(bytes, length);
    }

    private void reserve(int more) {
        if (length + more > bytes.length) {
            bytes = Arrays.copyOf(bytes, Math.max(bytes.length * 2, length + more));
        }
    }

    @Override
    public String toString() {
        return new String(bytes, 0, length, StandardCharsets.ISO_8859_1);
    }
}
