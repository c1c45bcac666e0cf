package io.jigress.waf;

import java.util.Arrays;

/// All values of a transaction, consecutively in one array; a value is identified by its index.
final class Store {
    private final WafLimits limits;
    byte[] bytes = new byte[8192];
    int[] from = new int[256];
    int[] to = new int[256];
    private final ShortValues shorts = new ShortValues();
    private int used;
    private int count;

    Store(WafLimits limits) {
        this.limits = limits;
    }

    /// Clears all values. An array that grew beyond the usual size is dropped.
    void reset() {
        shorts.clear();
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
        int at = reserve(20);
        // Counted down from zero, since the smallest number has no positive counterpart.
        long rest = number > 0 ? -number : number;
        int length = number < 0 ? 2 : 1;
        for (long power = rest / 10; power != 0; power /= 10) {
            length++;
        }
        for (int i = at + length - 1; i >= at; i--) {
            bytes[i] = (byte) ('0' - rest % 10);
            rest /= 10;
        }
        if (number < 0) {
            bytes[at] = '-';
        }
        return commit(at, at + length);
    }

    /// A value that shares the bytes of others.
    int slice(int start, int end) {
        return number(start, end);
    }

    /// Reserves space after the last value and returns its start.
    int reserve(int length) {
        if (length > limits.transactionBytes() - used) {
            throw new LimitReached("transactionBytes");
        }
        if (used + length > bytes.length) {
            bytes = Arrays.copyOf(bytes, Math.min(limits.transactionBytes(), Math.max(bytes.length * 2, used + length)));
        }
        return used;
    }

    /// Creates a value from the bytes written to the reserved space.
    int commit(int start, int end) {
        used = end;
        return number(start, end);
    }

    /// As [#commit], but a short value may be one that exists. For values that are not told apart by their index.
    int commitShared(int start, int end) {
        int before = count;
        int value = shared(start, end);
        if (count > before) {
            used = end;
        }
        return value;
    }

    /// As [#slice], but a short value may be one that exists.
    int shared(int start, int end) {
        if (end - start > ShortValues.MAX_BYTES) {
            return number(start, end);
        }
        long key = ShortValues.key(bytes, start, end);
        int known = shorts.find(key);
        if (known >= 0) {
            return known;
        }
        int value = number(start, end);
        shorts.put(key, value);
        return value;
    }

    /// As [#add], but a short value may be one that exists.
    int addShared(byte[] source, int start, int end) {
        int at = reserve(end - start);
        System.arraycopy(source, start, bytes, at, end - start);
        return commitShared(at, at + end - start);
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

    /// Whether a value equals the key, which is in lower case, ignoring case.
    boolean equalsIgnoreCase(int value, byte[] key) {
        return length(value) == key.length && startsWith(from[value], to[value], key);
    }

    /// Whether a value begins, after white space, with the key, which is in lower case, ignoring case.
    boolean startsWithIgnoreCase(int value, byte[] key) {
        return startsWith(afterSpace(value), to[value], key);
    }

    /// Whether a value is a media type, with or without parameters. The type is in lower case.
    boolean isMediaType(int value, byte[] type) {
        int at = afterSpace(value);
        if (!startsWith(at, to[value], type)) {
            return false;
        }
        int end = at + type.length;
        while (end < to[value] && (bytes[end] == ' ' || bytes[end] == '\t')) {
            end++;
        }
        return end == to[value] || bytes[end] == ';';
    }

    private int afterSpace(int value) {
        int at = from[value];
        while (at < to[value] && (bytes[at] == ' ' || bytes[at] == '\t')) {
            at++;
        }
        return at;
    }

    private boolean startsWith(int at, int end, byte[] key) {
        if (end - at < key.length) {
            return false;
        }
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
