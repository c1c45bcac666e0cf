package io.jigress.grpcjson.rule;

import java.nio.charset.StandardCharsets;

/// Decodes percent-encoding (RFC 3986, 2.1). An escape that is not complete stays as it is.
final class Percent {
    private Percent() {}

    /// @param keepSlash whether `%2F` stays
    static String decode(String text, boolean keepSlash) {
        if (text.indexOf('%') < 0) {
            return text;
        }
        byte[] in = text.getBytes(StandardCharsets.ISO_8859_1);
        byte[] out = new byte[in.length];
        int length = 0;
        for (int i = 0; i < in.length; i++) {
            int high = in[i] == '%' && i + 2 < in.length ? Character.digit(in[i + 1], 16) : -1;
            int low = high < 0 ? -1 : Character.digit(in[i + 2], 16);
            int decoded = high << 4 | low;
            if (low < 0 || keepSlash && decoded == '/') {
                out[length++] = in[i];
            } else {
                out[length++] = (byte) decoded;
                i += 2;
            }
        }
        return new String(out, 0, length, StandardCharsets.UTF_8);
    }

    /// A name or value of a query, in which `+` stands for a space.
    static String query(String text) {
        return decode(text.replace('+', ' '), false);
    }
}
