package io.jigress.waf;

import java.util.Arrays;

/// All values of a transaction, one after the other in one array; a value is known by its number.
final class Store {
    private final WafLimits limits;
    byte[] bytes = new byte[8192];
    int[] from = new int[256];
    int[] to = new int[256];
    private int used;
    private int count;

    Store(WafLimits limits) {
        this.limits = limits;
    }

    /// Forgets all values. An array that an unusual transaction made large is given back.
    void reset() {
        used = 0;
        count = 0;
        if (bytes.length > 256 * 1024) {
            bytes = new byte[8192];
        }
        if (from.length > 8192) {
            from = new int[256];
            to = new int[256];
        }
    }

    int count() {
        return count;
    }

    int add(byte[] source, int start, int end) {
        int at = reserve(end - start);
        System.arraycopy(source, start, bytes, at, end - start);
        return commit(at, at + end - start);
    }

    int add(byte[] source) {
        return add(source, 0, source.length);
    }

    int add(String text) {
        int at = reserve(text.length());
        for (int i = 0; i < text.length(); i++) {
            bytes[at + i] = (byte) text.charAt(i);
        }
        return commit(at, at + text.length());
    }

    int addNumber(long number) {
        return add(Long.toString(number));
    }

    /// A value that shares the bytes of others.
    int slice(int start, int end) {
        return number(start, end);
    }

    /// Makes room behind the last value and returns where it starts.
    int reserve(int length) {
        if (length > limits.transactionBytes() - used) {
            throw new LimitReached("transactionBytes");
        }
        if (used + length > bytes.length) {
            bytes = Arrays.copyOf(bytes, Math.min(limits.transactionBytes(), Math.max(bytes.length * 2, used + length)));
        }
        return used;
    }

    /// Makes a value of what was written to reserved room.
    int commit(int start, int end) {
        used = end;
        return number(start, end);
    }

    private int number(int start, int end) {
        if (count == from.length) {
            if (count >= limits.values()) {
                throw new LimitReached("values");
            }
            from = Arrays.copyOf(from, count * 2);
            to = Arrays.copyOf(to, count * 2);
        }
        from[count] = start;
        to[count] = end;
        return count++;
    }

    int length(int value) {
        return to[value] - from[value];
    }

    boolean same(int a, int b) {
        return Arrays.equals(bytes, from[a], to[a], bytes, from[b], to[b]);
    }

    /// Whether a value is the key, which is in lower case, in any case.
    boolean equalsIgnoreCase(int value, byte[] key) {
        if (length(value) != key.length) {
            return false;
        }
        int at = from[value];
        for (int i = 0; i < key.length; i++) {
            byte c = bytes[at + i];
            if ((c >= 'A' && c <= 'Z' ? c + 32 : c) != key[i]) {
                return false;
            }
        }
        return true;
    }

    String text(int value) {
        return new String(bytes, from[value], length(value), java.nio.charset.StandardCharsets.ISO_8859_1);
    }
}
