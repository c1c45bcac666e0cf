package io.jigress.waf.operator;

import io.jigress.waf.model.ByteString;
import io.jigress.waf.model.Macro;

/// The operators that compare numbers. A value that is not a number counts as 0, as in ModSecurity.
public final class NumberOperators {
    private NumberOperators() {
    }

    interface Comparison {
        boolean holds(long value, long limit);
    }

    static Operator compare(Macro text, Comparison comparison) {
        if (text.isConstant()) {
            byte[] constant = text.source().getBytes(java.nio.charset.StandardCharsets.ISO_8859_1);
            long limit = number(constant, 0, constant.length);
            return (bytes, from, to, _) -> comparison.holds(number(bytes, from, to), limit);
        }
        return (bytes, from, to, scope) -> {
            ByteString limit = text.expandToScratch(scope);
            return comparison.holds(number(bytes, from, to), number(limit.array(), 0, limit.length()));
        };
    }

    /// The number at the start of the bytes, after white space and a sign; 0 without one. Saturates.
    public static long number(byte[] bytes, int from, int to) {
        int i = from;
        while (i < to && (bytes[i] == ' ' || bytes[i] >= '\t' && bytes[i] <= '\r')) {
            i++;
        }
        boolean negative = i < to && bytes[i] == '-';
        if (i < to && (bytes[i] == '-' || bytes[i] == '+')) {
            i++;
        }
        long value = 0;
        while (i < to && bytes[i] >= '0' && bytes[i] <= '9') {
            value = Math.min(value * 10 + bytes[i] - '0', Long.MAX_VALUE / 100);
            i++;
        }
        return negative ? -value : value;
    }
}
