package io.jigress.waf.regex;

import java.util.Arrays;

/// A set of bytes. Mutable while an expression is parsed, read only afterwards.
final class ByteSet {
    private final long[] bits = new long[4];

    static ByteSet of(int value) {
        ByteSet set = new ByteSet();
        set.add(value);
        return set;
    }

    static ByteSet range(int first, int last) {
        ByteSet set = new ByteSet();
        set.addRange(first, last);
        return set;
    }

    void add(int value) {
        bits[value >>> 6] |= 1L << (value & 63);
    }

    void addRange(int first, int last) {
        for (int value = first; value <= last; value++) {
            add(value);
        }
    }

    void addAll(ByteSet other) {
        for (int i = 0; i < 4; i++) {
            bits[i] |= other.bits[i];
        }
    }

    boolean contains(int value) {
        return (bits[value >>> 6] & 1L << (value & 63)) != 0;
    }

    ByteSet complement() {
        ByteSet set = new ByteSet();
        for (int i = 0; i < 4; i++) {
            set.bits[i] = ~bits[i];
        }
        return set;
    }

    /// Adds the other case of every ASCII letter. Bytes beyond ASCII have no case, as in PCRE without UTF mode.
    ByteSet folded() {
        ByteSet set = new ByteSet();
        set.addAll(this);
        for (int letter = 'a'; letter <= 'z'; letter++) {
            int upper = letter - 32;
            if (contains(letter) || contains(upper)) {
                set.add(letter);
                set.add(upper);
            }
        }
        return set;
    }

    int size() {
        int size = 0;
        for (long word : bits) {
            size += Long.bitCount(word);
        }
        return size;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof ByteSet set && Arrays.equals(bits, set.bits);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(bits);
    }
}
