package io.jigress.waf.model;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Locale;

/// The name of a member of a collection, in lower case, one byte per character. Its hash is computed once.
public final class FieldName {
    public static final FieldName EMPTY = of("");

    private final byte[] bytes;
    private final int hash;

    private FieldName(byte[] bytes) {
        this.bytes = bytes;
        hash = hash(bytes, 0, bytes.length);
    }

    /// The name for a string in any case.
    public static FieldName of(String text) {
        return new FieldName(text.toLowerCase(Locale.ROOT).getBytes(StandardCharsets.ISO_8859_1));
    }

    /// The name for a copy of bytes in lower case.
    public static FieldName copyOf(byte[] bytes, int from, int to) {
        return new FieldName(Arrays.copyOfRange(bytes, from, to));
    }

    /// The hash of a name with these bytes.
    public static int hash(byte[] bytes, int from, int to) {
        int hash = 0;
        for (int i = from; i < to; i++) {
            hash = hash * 31 + bytes[i];
        }
        return hash ^ hash >>> 16;
    }

    public boolean isEmpty() { return bytes.length == 0; }

    /// The bytes, shared: do not write to them.
    public byte[] bytes() {
        return bytes;
    }

    public boolean equals(byte[] other, int from, int to) {
        return Arrays.equals(bytes, 0, bytes.length, other, from, to);
    }

    @Override
    public boolean equals(Object other) {
        return this == other || other instanceof FieldName name && hash == name.hash && Arrays.equals(bytes, name.bytes);
    }

    @Override
    public int hashCode() {
        return hash;
    }

    @Override
    public String toString() {
        return new String(bytes, StandardCharsets.ISO_8859_1);
    }
}
