package io.jigress.proxy.telemetry;

import java.nio.charset.StandardCharsets;

/// A copy of received bytes that outlives their buffer. It is reused without allocating.
final class ByteField {
    /// The size that a field keeps between exchanges, so that one long target does not occupy memory as long as the pooled exchange exists.
    static final int KEPT = 512;

    private static final byte[] NONE = new byte[0];

    private final int limit;
    private byte[] bytes = NONE;
    private int length;

    /// @param limit longer values are cut
    ByteField(int limit) {
        this.limit = limit;
    }

    void set(byte[] from, int start, int end) {
        int size = room(end - start);
        System.arraycopy(from, start, bytes, 0, size);
        length = size;
    }

    /// Octets as they are; a character past ISO-8859-1 becomes `?`.
    void set(String text) {
        int size = room(text.length());
        for (int i = 0; i < size; i++) {
            char c = text.charAt(i);
            bytes[i] = c <= 0xff ? (byte) c : (byte) '?';
        }
        length = size;
    }

    void clear() {
        length = 0;
        if (bytes.length > KEPT) {
            bytes = NONE;
        }
    }

    byte[] bytes() {
        return bytes;
    }

    int length() {
        return length;
    }

    /// One character a byte.
    String text() {
        return new String(bytes, 0, length, StandardCharsets.ISO_8859_1);
    }

    private int room(int wanted) {
        int size = Math.min(wanted, limit);
        if (bytes.length < size) {
            bytes = new byte[Math.max(64, size > KEPT ? size : Integer.highestOneBit(size * 2 - 1))];
        }
        return size;
    }
}
