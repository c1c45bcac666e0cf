package io.jigress.waf.filter;

import java.io.IOException;
import java.io.InputStream;
import java.io.PushbackInputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.zip.GZIPInputStream;
import java.util.zip.Inflater;
import java.util.zip.InflaterInputStream;

/// The codings of a body by its Content-Encoding fields, in the order in which they were applied.
///
/// @param unknown the first one that cannot be decoded; empty when there is none
record EncodedBody(List<String> codings, String unknown) {
    static final EncodedBody PLAIN = new EncodedBody(List.of(), "");

    /// One body has more codings than this only to hide what it contains.
    private static final int MOST_CODINGS = 3;

    static EncodedBody of(String contentEncoding) {
        List<String> codings = new ArrayList<>();
        for (String part : contentEncoding.split(",", -1)) {
            String coding = part.strip().toLowerCase(Locale.ROOT);
            switch (coding) {
                case "", "identity" -> {}
                case "gzip", "x-gzip", "deflate" -> codings.add(coding);
                default -> {
                    return new EncodedBody(List.of(), coding);
                }
            }
        }
        return codings.size() > MOST_CODINGS
                ? new EncodedBody(List.of(), contentEncoding)
                : new EncodedBody(List.copyOf(codings), "");
    }

    boolean isPlain() { return codings.isEmpty(); }

    /// The decoded bytes. Reading throws an exception where the body is not what its codings say.
    InputStream decoded(InputStream body) throws IOException {
        InputStream in = body;
        for (String coding : codings.reversed()) {
            in = coding.equals("deflate") ? deflated(in) : new GZIPInputStream(in);
        }
        return in;
    }

    /// By RFC 9110 with the header of zlib, which some clients leave out.
    private static InputStream deflated(InputStream body) throws IOException {
        PushbackInputStream in = new PushbackInputStream(body, 2);
        byte[] first = in.readNBytes(2);
        in.unread(first);
        boolean zlib = first.length == 2 && (first[0] & 0xf) == 8 && ((first[0] & 0xff) << 8 | first[1] & 0xff) % 31 == 0;
        return new InflaterInputStream(in, new Inflater(!zlib));
    }
}
