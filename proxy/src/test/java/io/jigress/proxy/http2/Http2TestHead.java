package io.jigress.proxy.http2;

import io.jigress.api.HeaderName;
import io.jigress.api.Headers;
import io.jigress.proxy.http.FieldFlags;
import io.jigress.proxy.http.Framing;
import io.jigress.proxy.http.HeaderBlock;
import io.jigress.proxy.http.HopByHop;
import io.jigress.proxy.http.Octets;
import io.jigress.proxy.http.PathForm;
import io.jigress.proxy.http.ReceivedRequest;
import io.jigress.proxy.http.TargetRanges;
import io.netty.handler.codec.http2.Http2Headers;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// A request's head as HTTP/2 brought it, stored as the lines that HTTP/1 would have had.
final class Http2TestHead implements ReceivedRequest {
    private final HeaderBlock fields = new HeaderBlock();
    private final TargetRanges ranges = new TargetRanges(fields);
    private final boolean head;
    private final long declared;
    private String method;
    private long framing;

    /// @throws IllegalArgumentException when it is malformed (RFC 9113, 8.1.1)
    Http2TestHead(Http2Headers headers, boolean last) {
        method = required(headers.method(), ":method");
        required(headers.scheme(), ":scheme");
        head = method.equals("HEAD");
        fields.begin();
        ranges.begin();
        target(fields.reserve(required(headers.path(), ":path")));
        CharSequence authority = headers.authority();
        if (authority != null) {
            line(fields, "host", authority);
        }
        StringBuilder cookies = new StringBuilder();
        for (Map.Entry<CharSequence, CharSequence> field : headers) {
            String name = field.getKey().toString();
            if (name.equals("cookie")) {
                // One line for HTTP/1, however many there are here (RFC 9113, 8.2.3).
                cookies.append(cookies.isEmpty() ? "" : "; ").append(field.getValue());
            } else if (!name.startsWith(":") && !(authority != null && name.equals("host"))) {
                line(fields, name, field.getValue());
            }
        }
        if (!cookies.isEmpty()) {
            line(fields, "cookie", cookies);
        }
        fields.received(fields.end());
        int host = fields.find(HeaderName.HOST);
        if (host < 0 || !ranges.readAuthority(fields.valueFrom(host), fields.valueTo(host))) {
            throw new IllegalArgumentException("no authority");
        }
        ranges.normalise();
        String length = fields.first(HeaderName.CONTENT_LENGTH);
        declared = length == null ? last ? 0 : -1 : Long.parseLong(length);
        framing = !last && declared < 0 ? Framing.CHUNKED : length == null && !expectsBody() ? Framing.NONE : declared;
    }

    private static String required(@Nullable CharSequence value, String name) {
        if (value == null) {
            throw new IllegalArgumentException("no " + name);
        }
        return value.toString();
    }

    /// RFC 9110, 8.6: for these a body is expected, and its absence is said.
    private boolean expectsBody() {
        return method.equals("POST") || method.equals("PUT") || method.equals("PATCH");
    }

    private void target(int from) {
        byte[] bytes = fields.bytes();
        int to = fields.end();
        int question = to;
        for (int i = from; i < to; i++) {
            if (Octets.target(bytes[i]) == 0) {
                throw new IllegalArgumentException("target");
            }
            if (bytes[i] == '?' && question == to) {
                question = i;
            }
        }
        if (from == to || bytes[from] != '/' && !(method.equals("OPTIONS") && bytes[from] == '*' && to - from == 1)) {
            throw new IllegalArgumentException("target");
        }
        ranges.received(from, to, PathForm.isPlain(bytes, from, question));
        ranges.range(from, question, Math.min(question + 1, to), to);
    }

    /// The fields of a trailer section.
    static HeaderBlock trailers(Http2Headers headers) {
        HeaderBlock fields = new HeaderBlock();
        fields.begin();
        headers.forEach(field -> line(fields, field.getKey().toString(), field.getValue()));
        fields.received(fields.end());
        return fields;
    }

    private static void line(HeaderBlock fields, String name, CharSequence value) {
        int from = fields.reserve(name);
        int nameEnd = fields.end();
        fields.reserve(": ");
        int valueFrom = fields.reserve(value.toString());
        int valueEnd = fields.end();
        int end = fields.reserve(2);
        fields.bytes()[end] = '\r';
        fields.bytes()[end + 1] = '\n';
        int at = fields.index(HeaderName.hash(fields.bytes(), from, nameEnd), from, nameEnd, valueFrom, valueEnd, fields.end(),
                0);
        if (fields.named(at, HeaderName.CONTENT_LENGTH)) {
            fields.flag(at, FieldFlags.LENGTH);
        } else if (fields.named(at, HopByHop.TE)) {
            fields.flag(at, FieldFlags.HOP);
        } else if (fields.named(at, HopByHop.TRAILER)) {
            fields.flag(at, FieldFlags.TRAILER);
        }
    }

    void release() {
        fields.release();
    }

    int length() {
        return fields.end();
    }

    // ---- ReceivedRequest

    @Override
    public HeaderBlock fields() {
        return fields;
    }

    @Override
    public TargetRanges ranges() {
        return ranges;
    }

    @Override
    public String protocol() {
        return "HTTP/2";
    }

    @Override
    public boolean isHead() { return head; }

    @Override
    public long framing() {
        return framing;
    }

    @Override
    public void framing(long changed) {
        framing = changed;
    }

    // ---- RequestHead

    @Override
    public String method() {
        fields.checkLive();
        return method;
    }

    @Override
    public String target() {
        fields.checkLive();
        return fields.text(ranges.pathFrom(), ranges.queryTo());
    }

    @Override
    public String rawTarget() {
        return fields.text(ranges.rawFrom(), ranges.rawTo());
    }

    @Override
    public String path() {
        fields.checkLive();
        return fields.text(ranges.pathFrom(), ranges.pathTo());
    }

    @Override
    public String query() {
        fields.checkLive();
        return fields.text(ranges.queryFrom(), ranges.queryTo());
    }

    @Override
    public String authority() {
        String host = fields.first(HeaderName.HOST);
        return host == null ? "" : host;
    }

    /// Of the connection, whatever `:scheme` claims.
    @Override
    public String scheme() {
        fields.checkLive();
        return "http";
    }

    @Override
    public Headers headers() {
        fields.checkLive();
        return fields;
    }

    @Override
    public long contentLength() {
        fields.checkLive();
        return declared;
    }

    @Override
    public void target(String target) {
        fields.checkLive();
        ranges.target(target);
    }

    @Override
    public void authority(String authority) {
        fields.checkLive();
        ranges.authority(authority.getBytes(StandardCharsets.ISO_8859_1));
    }

    @Override
    public void method(String method) {
        fields.checkLive();
        if (!HeaderName.isToken(method)) {
            throw new IllegalArgumentException("method: \"" + method + "\" (expected: a token of RFC 9110, section 5.6.2)");
        }
        this.method = method;
    }
}
