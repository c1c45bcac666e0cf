package io.jigress.proxy.route;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/// The name of a query parameter, for searching an encoded query: `%41` and `+` are read as `A` and space
/// (application/x-www-form-urlencoded); a percent sign without two digits is taken literally. The first parameter of a name counts.
final class QueryName {
    private final String text;
    private final byte[] bytes;

    private QueryName(String text) {
        this.text = text;
        this.bytes = text.getBytes(StandardCharsets.UTF_8);
    }

    static QueryName of(String text) {
        return new QueryName(text);
    }

    String text() {
        return text;
    }

    /// The start of the value in the encoded query; -1 when there is no such parameter.
    int valueAt(String query) {
        int from = 0;
        while (from < query.length()) {
            int to = end(query, from);
            int equals = query.indexOf('=', from, to);
            int nameTo = equals < 0 ? to : equals;
            if (equal(query, from, nameTo, bytes)) {
                return equals < 0 ? to : equals + 1;
            }
            from = to + 1;
        }
        return -1;
    }

    /// The decoded value; null when there is no such parameter.
    @Nullable String value(String query) {
        int from = valueAt(query);
        if (from < 0) {
            return null;
        }
        int to = end(query, from);
        ByteArrayOutputStream out = new ByteArrayOutputStream(to - from);
        for (int i = from; i < to; i += width(query, i, to)) {
            out.write(octet(query, i, to));
        }
        return out.toString(StandardCharsets.UTF_8);
    }

    boolean valueIs(String query, byte[] expected) {
        int from = valueAt(query);
        return from >= 0 && equal(query, from, end(query, from), expected);
    }

    private static int end(String query, int from) {
        int end = query.indexOf('&', from);
        return end < 0 ? query.length() : end;
    }

    private static boolean equal(String query, int from, int to, byte[] expected) {
        int at = from;
        for (byte b : expected) {
            if (at >= to || octet(query, at, to) != (b & 0xff)) {
                return false;
            }
            at += width(query, at, to);
        }
        return at == to;
    }

    private static int octet(String query, int at, int to) {
        char c = query.charAt(at);
        if (c == '+') {
            return ' ';
        }
        return isEncoded(query, at, to)
                ? Character.digit(query.charAt(at + 1), 16) << 4 | Character.digit(query.charAt(at + 2), 16)
                : c;
    }

    private static int width(String query, int at, int to) {
        return isEncoded(query, at, to) ? 3 : 1;
    }

    private static boolean isEncoded(String query, int at, int to) {
        return query.charAt(at) == '%' && at + 2 < to && isHexadecimal(query.charAt(at + 1))
                && isHexadecimal(query.charAt(at + 2));
    }

    private static boolean isHexadecimal(char c) {
        return c >= '0' && c <= '9' || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F';
    }
}
