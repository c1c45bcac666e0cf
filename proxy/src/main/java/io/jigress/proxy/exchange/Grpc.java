package io.jigress.proxy.exchange;

import io.jigress.api.GrpcStatus;
import io.jigress.api.HeaderName;
import io.jigress.api.Headers;
import io.jigress.api.ListHeaders;
import io.jigress.api.LocalReply;
import io.jigress.api.ProxyFailure;
import io.jigress.api.ReplyBody;
import io.jigress.proxy.http.HeaderBlock;
import io.jigress.proxy.http.ReceivedRequest;
import io.netty.handler.codec.http.HttpResponseStatus;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// What the gateway knows of gRPC over HTTP/2: which requests are calls, how long they may take, and how errors are told to them (gRPC
/// PROTOCOL-HTTP2 and http-grpc-status-mapping).
final class Grpc {
    private static final HeaderName TIMEOUT = HeaderName.of("grpc-timeout");
    static final HeaderName STATUS = HeaderName.of("grpc-status");
    private static final HeaderName MESSAGE = HeaderName.of("grpc-message");
    private static final String CONTENT_TYPE = "application/grpc";
    private static final int MAX_DIGITS = 8;
    /// A longer text of a reply is not sent as grpc-message, since clients limit the size of heads.
    private static final int MAX_MESSAGE = 1024;

    private Grpc() {}

    /// Whether a message is one of gRPC: its Content-Type is `application/grpc`, alone or with a message format. That of gRPC-Web is
    /// another one.
    static boolean is(Headers headers) {
        if (headers instanceof HeaderBlock block) {
            int at = block.find(HeaderName.CONTENT_TYPE);
            return at >= 0 && isType(block.bytes(), block.valueFrom(at), block.valueTo(at));
        }
        String type = headers.first(HeaderName.CONTENT_TYPE);
        return type != null && isType(type);
    }

    private static boolean isType(String type) {
        byte[] bytes = type.getBytes(StandardCharsets.ISO_8859_1);
        return isType(bytes, 0, bytes.length);
    }

    private static boolean isType(byte[] bytes, int from, int to) {
        int end = from + CONTENT_TYPE.length();
        return isPrefix(bytes, from, to) && (to == end || bytes[end] == '+' || bytes[end] == ';');
    }

    private static boolean isPrefix(byte[] bytes, int from, int to) {
        if (to - from < CONTENT_TYPE.length()) {
            return false;
        }
        for (int i = 0; i < CONTENT_TYPE.length(); i++) {
            if ((bytes[from + i] | 0x20) != (CONTENT_TYPE.charAt(i) | 0x20)) {
                return false;
            }
        }
        return true;
    }

    // ---- time

    /// What the client allows its call, of gRPC or gRPC-Web; zero when it says nothing that can be understood.
    static long timeoutNanos(ReceivedRequest head) {
        HeaderBlock fields = head.fields();
        int at = fields.find(TIMEOUT);
        int type = at < 0 ? -1 : fields.find(HeaderName.CONTENT_TYPE);
        return type < 0 || !isPrefix(fields.bytes(), fields.valueFrom(type), fields.valueTo(type))
                ? 0
                : nanos(fields.bytes(), fields.valueFrom(at), fields.valueTo(at));
    }

    private static long nanos(byte[] bytes, int from, int to) {
        int digits = to - from - 1;
        if (digits < 1 || digits > MAX_DIGITS) {
            return 0;
        }
        long value = 0;
        for (int i = from; i < to - 1; i++) {
            if (bytes[i] < '0' || bytes[i] > '9') {
                return 0;
            }
            value = 10 * value + bytes[i] - '0';
        }
        long unit = switch (bytes[to - 1]) {
            case 'H' -> 3_600_000_000_000L;
            case 'M' -> 60_000_000_000L;
            case 'S' -> 1_000_000_000L;
            case 'm' -> 1_000_000L;
            case 'u' -> 1_000L;
            case 'n' -> 1L;
            default -> 0;
        };
        // Zero is a deadline that has passed already. A hundred million hours are more than nanoseconds can count.
        return unit == 0 ? 0 : value > Long.MAX_VALUE / 2 / unit ? Long.MAX_VALUE / 2 : Math.max(1, value * unit);
    }

    // ---- errors

    /// What a call is answered with in place of a reply of HTTP: a head that is trailers too. Replies that are no errors, and those of
    /// gRPC already, stay as they are.
    ///
    /// @param id of the request
    static LocalReply reply(LocalReply reply, String id) {
        String type = null;
        List<Map.Entry<HeaderName, String>> headers = new ArrayList<>();
        headers.add(Map.entry(HeaderName.CONTENT_TYPE, CONTENT_TYPE));
        headers.add(Map.entry(STATUS, Integer.toString(status(reply.status(), reply.reason()))));
        headers.add(Map.entry(MESSAGE, GrpcStatus.encode(text(reply))));
        headers.add(Map.entry(HeaderName.X_REQUEST_ID, id));
        for (Map.Entry<HeaderName, String> field : reply.headers()) {
            if (field.getKey().equals(HeaderName.CONTENT_TYPE)) {
                type = field.getValue();
            } else {
                headers.add(field);
            }
        }
        return reply.status() < 300 || type != null && isType(type)
                ? reply
                : new LocalReply(200, headers, ReplyBody.EMPTY, List.of(), reply.reason());
    }

    private static String text(LocalReply reply) {
        String text = switch (reply.body()) {
            case ReplyBody.Message(String message) -> message;
            case ReplyBody.Whole(byte[] bytes) when bytes.length <= MAX_MESSAGE -> new String(bytes, StandardCharsets.UTF_8);
            case ReplyBody.Whole _,ReplyBody.Streamed _ -> "";
        };
        return text.isBlank() ? HttpResponseStatus.valueOf(reply.status()).reasonPhrase() : text.strip();
    }

    /// The end of a call whose response has begun; null when it cannot be told, and the call has to be reset.
    static @Nullable Headers trailers(ProxyFailure failure) {
        boolean ofUpstream = switch (failure.kind()) {
            case UPSTREAM_RESET, UPSTREAM_REFUSED, UPSTREAM_BAD_RESPONSE, UPSTREAM_TIMEOUT, REQUEST_TIMEOUT -> true;
            default -> false;
        };
        return !ofUpstream
                ? null
                : ListHeaders.of(List.of(Map.entry(STATUS, Integer.toString(status(failure.kind().status(), failure.detail()))),
                        Map.entry(MESSAGE,
                                GrpcStatus.encode(HttpResponseStatus.valueOf(failure.kind().status()).reasonPhrase()))));
    }

    /// The status of gRPC for one of HTTP. That the time of the call is up is told as such; a client that was silent for too long
    /// may call again, as one may whose upstream failed.
    static int status(int httpStatus, String reason) {
        if (reason.equals(Failures.SLOW_REQUEST.detail()) || reason.equals(Failures.DEADLINE.detail())) {
            return GrpcStatus.DEADLINE_EXCEEDED;
        }
        // Gateway API, GRPCRouteRule: what would go to an invalid backend.
        if (reason.equals(Failures.NO_TARGET.detail()) || reason.equals(Failures.INVALID_ROUTE.detail())) {
            return GrpcStatus.UNAVAILABLE;
        }
        return httpStatus == 408 ? GrpcStatus.UNAVAILABLE : GrpcStatus.ofHttp(httpStatus);
    }
}
