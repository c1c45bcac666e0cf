package io.jigress.waf.body;

/// `application/x-www-form-urlencoded`: bodies and query strings.
public final class UrlEncoded {
    private UrlEncoded() {
    }

    /// Reports each pair, decoded. Empty pieces between separators are skipped. Invalid escapes are kept as they are.
    ///
    /// `scratch` holds the decoded bytes and is at least as long as the input.
    public static void parse(byte[] bytes, int from, int to, byte[] scratch, PairSink sink) {
        int at = from;
        while (at < to) {
            int end = at;
            int equals = -1;
            while (end < to && bytes[end] != '&') {
                if (bytes[end] == '=' && equals < 0) {
                    equals = end;
                }
                end++;
            }
            if (end > at) {
                int nameEnd = equals < 0 ? end : equals;
                int name = decode(bytes, at, nameEnd, scratch, 0);
                int value = equals < 0 ? name : decode(bytes, equals + 1, end, scratch, name);
                sink.pair(scratch, 0, name, scratch, name, value);
            }
            at = end + 1;
        }
    }

    private static int decode(byte[] in, int from, int to, byte[] out, int at) {
        int end = at;
        for (int i = from; i < to; i++) {
            int c = in[i];
            if (c == '%' && i + 2 < to) {
                int high = Character.digit(in[i + 1], 16);
                int low = Character.digit(in[i + 2], 16);
                if (high >= 0 && low >= 0) {
                    out[end++] = (byte) (high << 4 | low);
                    i += 2;
                    continue;
                }
            }
            out[end++] = c == '+' ? (byte) ' ' : (byte) c;
        }
        return end;
    }
}
