package io.jigress.proxy.exchange;

import io.jigress.api.HeaderName;
import io.jigress.api.LocalReply;
import io.jigress.proxy.http.ReceivedRequest;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The field Max-Forwards of OPTIONS and TRACE (RFC 9110, 7.6.2): how many proxies may still forward the request.
final class MaxForwards {
    private static final HeaderName FIELD = HeaderName.of("max-forwards");
    /// What a TRACE shows of the request's fields: none that may hold a credential.
    private static final List<HeaderName> SHOWN = List.of(HeaderName.HOST, FIELD, HeaderName.of("via"),
            HeaderName.X_FORWARDED_FOR,
            HeaderName.X_FORWARDED_PROTO, HeaderName.X_FORWARDED_HOST, HeaderName.X_FORWARDED_PORT, HeaderName.X_REQUEST_ID);

    private MaxForwards() {}

    /// Takes one off the number. A value that is no number is ignored.
    ///
    /// @return the answer when the number was 0; null when the request goes on
    static @Nullable LocalReply answer(ReceivedRequest head) {
        boolean trace = head.method().equals("TRACE");
        if (!trace && !head.method().equals("OPTIONS")) {
            return null;
        }
        String value = head.headers().first(FIELD);
        if (value == null || value.isEmpty() || value.length() > 9 || !value.chars().allMatch(c -> c >= '0' && c <= '9')) {
            return null;
        }
        int left = Integer.parseInt(value);
        if (left > 0) {
            head.headers().set(FIELD, Integer.toString(left - 1));
            return null;
        }
        return trace
                ? new LocalReply(200, List.of(Map.entry(HeaderName.CONTENT_TYPE, "message/http")), shown(head), "max_forwards")
                : new LocalReply(200, List.of(), new byte[0], "max_forwards");
    }

    /// RFC 9110, 9.3.8: the request as it arrived, without sensitive fields.
    private static byte[] shown(ReceivedRequest head) {
        StringBuilder text = new StringBuilder("TRACE ").append(head.rawTarget()).append(' ').append(head.protocol())
                .append("\r\n");
        for (HeaderName name : SHOWN) {
            String value = head.headers().first(name);
            if (value != null) {
                text.append(name).append(": ").append(value).append("\r\n");
            }
        }
        return text.append("\r\n").toString().getBytes(StandardCharsets.ISO_8859_1);
    }
}
