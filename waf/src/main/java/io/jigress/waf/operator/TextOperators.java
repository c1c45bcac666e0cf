package io.jigress.waf.operator;

import io.jigress.waf.model.ByteString;
import io.jigress.waf.model.Macro;
import java.util.Arrays;

/// The operators that compare a value with a string.
final class TextOperators {
    /// When the product of both lengths exceeds this, the search is linear instead of comparing at each position.
    private static final int MAX_PRODUCT = 64 * 1024;

    private TextOperators() {
    }

    static Operator equal(Macro text) {
        return (bytes, from, to, scope) -> {
            byte[] wanted = text.expand(scope);
            return Arrays.equals(bytes, from, to, wanted, 0, wanted.length);
        };
    }

    static Operator contains(Macro text) {
        return (bytes, from, to, scope) -> {
            byte[] wanted = text.expand(scope);
            return indexOf(bytes, from, to, wanted, 0, wanted.length) >= 0;
        };
    }

    static Operator within(Macro text) {
        return (bytes, from, to, scope) -> {
            ByteString whole = text.expandToScratch(scope);
            return indexOf(whole.array(), 0, whole.length(), bytes, from, to) >= 0;
        };
    }

    static Operator beginsWith(Macro text) {
        return (bytes, from, to, scope) -> {
            byte[] wanted = text.expand(scope);
            return to - from >= wanted.length && Arrays.equals(bytes, from, from + wanted.length, wanted, 0, wanted.length);
        };
    }

    static Operator endsWith(Macro text) {
        return (bytes, from, to, scope) -> {
            byte[] wanted = text.expand(scope);
            return to - from >= wanted.length && Arrays.equals(bytes, to - wanted.length, to, wanted, 0, wanted.length);
        };
    }

    static Operator containsWord(Macro text) {
        return (bytes, from, to, scope) -> {
            byte[] wanted = text.expand(scope);
            if (wanted.length == 0) {
                return true;
            }
            int at = indexOf(bytes, from, to, wanted, 0, wanted.length);
            while (at >= 0) {
                int end = at + wanted.length;
                if ((at == from || !isWord(bytes[at - 1])) && (end == to || !isWord(bytes[end]))) {
                    return true;
                }
                at = indexOf(bytes, at + 1, to, wanted, 0, wanted.length);
            }
            return false;
        };
    }

    private static boolean isWord(byte c) {
        return c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '_';
    }

    /// The position of the second range in the first, or -1. Linear (Knuth, Morris, Pratt) when both are long.
    static int indexOf(byte[] bytes, int from, int to, byte[] needle, int needleFrom, int needleTo) {
        int length = needleTo - needleFrom;
        if (length == 0) {
            return from;
        }
        if (length > to - from) {
            return -1;
        }
        if ((long) length * (to - from) > MAX_PRODUCT) {
            return indexOfLong(bytes, from, to, needle, needleFrom, length);
        }
        byte first = needle[needleFrom];
        for (int i = from; i <= to - length; i++) {
            if (bytes[i] == first && Arrays.equals(bytes, i, i + length, needle, needleFrom, needleTo)) {
                return i;
            }
        }
        return -1;
    }

    private static int indexOfLong(byte[] bytes, int from, int to, byte[] needle, int needleFrom, int length) {
        int[] borders = new int[length];
        int border = 0;
        for (int i = 1; i < length; i++) {
            while (border > 0 && needle[needleFrom + i] != needle[needleFrom + border]) {
                border = borders[border - 1];
            }
            if (needle[needleFrom + i] == needle[needleFrom + border]) {
                border++;
            }
            borders[i] = border;
        }
        int matched = 0;
        for (int i = from; i < to; i++) {
            while (matched > 0 && bytes[i] != needle[needleFrom + matched]) {
                matched = borders[matched - 1];
            }
            if (bytes[i] == needle[needleFrom + matched]) {
                matched++;
            }
            if (matched == length) {
                return i - length + 1;
            }
        }
        return -1;
    }
}
