package io.jigress.api;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// A complete response made by the gateway or one of its filters.
///
/// @param status 200 to 599
/// @param headers in order; Content-Length is set by the gateway, and with a message Content-Type too
/// @param body never null; not to be changed after it was given here; empty when there is a message
/// @param reason why, for the access log and `explain`: a word of `a-z`, `0-9` and `_` such as `ip_denied`
/// @param message null for a reply that is sent as it is; otherwise the gateway makes the body in the form that all its errors have
/// (the setting `error.page`, or JSON for clients that ask for it), with this text in it; may be empty
public record LocalReply(int status, List<Map.Entry<HeaderName, String>> headers, byte[] body, String reason,
        @Nullable String message) {

    public LocalReply {
        if (status < 200 || status > 599) {
            throw new IllegalArgumentException("status: " + status + " (expected: 200 to 599)");
        }
        if (message != null && body.length > 0) {
            throw new IllegalArgumentException("both a body and a message (expected: one of them)");
        }
        headers = List.copyOf(headers);
        Reason.require(reason);
    }

    /// A reply that is sent as it is.
    public LocalReply(int status, List<Map.Entry<HeaderName, String>> headers, byte[] body, String reason) {
        this(status, headers, body, reason, null);
    }

    /// An error in the gateway's own form, without a further message; below 400 a response without a body.
    public static LocalReply of(int status, String reason) {
        return new LocalReply(status, List.of(), new byte[0], reason, status >= 400 ? "" : null);
    }

    /// An error in the gateway's own form: its status, this message, and the id of the request. A message that is a JSON object is
    /// sent as the whole body.
    public static LocalReply error(int status, String message, String reason) {
        return error(status, List.of(), message, reason);
    }

    /// The same with header fields.
    public static LocalReply error(int status, List<Map.Entry<HeaderName, String>> headers, String message, String reason) {
        return new LocalReply(status, headers, new byte[0], reason, message);
    }

    public static LocalReply text(int status, String text, String reason) {
        return new LocalReply(status, List.of(Map.entry(HeaderName.CONTENT_TYPE, "text/plain; charset=utf-8")),
                text.getBytes(StandardCharsets.UTF_8), reason);
    }
}
