package io.jigress.api;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;

/// A complete response made by the gateway or one of its filters.
///
/// @param status 200 to 599
/// @param headers in order; Content-Length is set by the gateway
/// @param body never null; not to be changed after it was given here
/// @param reason why, for the access log and `explain`: a word of `a-z`, `0-9` and `_` such as `ip_denied`
public record LocalReply(int status, List<Map.Entry<HeaderName, String>> headers, byte[] body, String reason) {

    public LocalReply {
        if (status < 200 || status > 599) {
            throw new IllegalArgumentException("status: " + status + " (expected: 200 to 599)");
        }
        headers = List.copyOf(headers);
        Reason.require(reason);
    }

    public static LocalReply of(int status, String reason) {
        return new LocalReply(status, List.of(), new byte[0], reason);
    }

    public static LocalReply text(int status, String text, String reason) {
        return new LocalReply(status, List.of(Map.entry(HeaderName.CONTENT_TYPE, "text/plain; charset=utf-8")),
                text.getBytes(StandardCharsets.UTF_8), reason);
    }
}
