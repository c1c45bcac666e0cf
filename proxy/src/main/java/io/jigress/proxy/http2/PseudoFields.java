package io.jigress.proxy.http2;

import io.jigress.proxy.http.Octets;
import java.nio.charset.StandardCharsets;

/// Reads the values of a request's pseudo-header fields (RFC 9113, 8.3.1).
final class PseudoFields {
    private static final int MAX_TOKEN_BYTES = 32;

    private PseudoFields() {}

    /// Empty if it is not a valid method.
    static String method(byte[] bytes, int from, int to) {
        String known = switch (to - from) {
            case 3 -> bytes[from] == 'G' ? "GET" : "PUT";
            case 4 -> bytes[from] == 'P' ? "POST" : "HEAD";
            case 5 -> "PATCH";
            case 6 -> "DELETE";
            case 7 -> bytes[from] == 'O' ? "OPTIONS" : "CONNECT";
            default -> "";
        };
        if (!known.isEmpty() && FieldKind.is(known, bytes, from)) {
            return known;
        }
        return token(bytes, from, to);
    }

    /// Empty if it is not valid, or too long.
    static String token(byte[] bytes, int from, int to) {
        for (int i = from; i < to; i++) {
            if (Octets.token(bytes[i]) == 0) {
                return "";
            }
        }
        return to - from > MAX_TOKEN_BYTES ? "" : new String(bytes, from, to - from, StandardCharsets.ISO_8859_1);
    }

    /// `http` or `https`; the value is not used, since the connection determines the scheme.
    static boolean isScheme(byte[] bytes, int from, int to) {
        return to - from == 4 && FieldKind.is("http", bytes, from) || to - from == 5 && FieldKind.is("https", bytes, from);
    }
}
