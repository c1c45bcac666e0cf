package io.jigress.api;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// A response made by the gateway or one of its filters.
///
/// @param status 200 to 599
/// @param headers in order; Content-Length is set by the gateway where the length is known, and for a message Content-Type too
/// @param trailers sent after the body if the client's HTTP version supports them; in order
/// @param reason why, for the access log and `explain`: a word of `a-z`, `0-9` and `_` such as `ip_denied`
public record LocalReply(int status, List<Map.Entry<HeaderName, String>> headers, ReplyBody body,
        List<Map.Entry<HeaderName, String>> trailers, String reason) {

    public LocalReply {
        if (status < 200 || status > 599) {
            throw new IllegalArgumentException("status: " + status + " (expected: 200 to 599)");
        }
        headers = List.copyOf(headers);
        trailers = List.copyOf(trailers);
        Reason.require(reason);
        if (body instanceof ReplyBody.Streamed && !trailers.isEmpty()) {
            throw new IllegalArgumentException("trailers of a streamed body (expected: they end it, see BodyWriter.end)");
        }
    }

    /// A reply that is sent as it is.
    public LocalReply(int status, List<Map.Entry<HeaderName, String>> headers, byte[] body, String reason) {
        this(status, headers, body.length == 0 ? ReplyBody.EMPTY : new ReplyBody.Whole(body), List.of(), reason);
    }

    /// An error in the gateway's own form, without a further message; below 400 a response without a body.
    public static LocalReply of(int status, String reason) {
        return new LocalReply(status, List.of(), status >= 400 ? new ReplyBody.Message("") : ReplyBody.EMPTY, List.of(), reason);
    }

    /// An error in the gateway's own form: its status, this message, and the id of the request. A message that is a JSON object is
    /// sent as the whole body.
    public static LocalReply error(int status, String message, String reason) {
        return error(status, List.of(), message, reason);
    }

    /// The same with header fields.
    public static LocalReply error(int status, List<Map.Entry<HeaderName, String>> headers, String message, String reason) {
        return new LocalReply(status, headers, new ReplyBody.Message(message), List.of(), reason);
    }

    public static LocalReply text(int status, String text, String reason) {
        return new LocalReply(status, List.of(Map.entry(HeaderName.CONTENT_TYPE, "text/plain; charset=utf-8")),
                text.getBytes(StandardCharsets.UTF_8), reason);
    }

    /// A reply whose body is made while it is sent.
    public static LocalReply streamed(int status, List<Map.Entry<HeaderName, String>> headers, ReplyBody.Source body,
            String reason) {
        return new LocalReply(status, headers, new ReplyBody.Streamed(body), List.of(), reason);
    }

    /// The same reply with trailers.
    public LocalReply withTrailers(List<Map.Entry<HeaderName, String>> fields) {
        return new LocalReply(status, headers, body, fields, reason);
    }

    /// The text of a body that the gateway makes; null for any other.
    public @Nullable String message() {
        return body instanceof ReplyBody.Message(String text) ? text : null;
    }
}
