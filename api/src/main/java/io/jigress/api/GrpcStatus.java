package io.jigress.api;

import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/// How a gRPC call ended.
///
/// @param code the gRPC status code; 0 is OK
/// @param message for people; may be empty
/// @param trailers the metadata at the end, which may be kept; empty when none came
/// @param failure why no complete response came; null when the server, or a proxy in front of it, answered
public record GrpcStatus(int code, String message, Headers trailers, @Nullable ProxyFailure failure) {
    public static final int OK = 0;
    public static final int CANCELLED = 1;
    public static final int UNKNOWN = 2;
    public static final int DEADLINE_EXCEEDED = 4;
    public static final int PERMISSION_DENIED = 7;
    public static final int RESOURCE_EXHAUSTED = 8;
    public static final int UNIMPLEMENTED = 12;
    public static final int INTERNAL = 13;
    public static final int UNAVAILABLE = 14;
    public static final int UNAUTHENTICATED = 16;

    private static final HeaderName STATUS = HeaderName.of("grpc-status");
    private static final HeaderName MESSAGE = HeaderName.of("grpc-message");

    /// Without trailers.
    public GrpcStatus(int code, String message) {
        this(code, message, new ListHeaders(), null);
    }

    public boolean isOk() { return code == OK; }

    /// The status in trailers, or in the head of a trailers-only response; null when there is none.
    public static @Nullable GrpcStatus of(Headers trailers) {
        String code = trailers.first(STATUS);
        if (code == null) {
            return null;
        }
        int number = number(code);
        String message = trailers.first(MESSAGE);
        return number >= 0
                ? new GrpcStatus(number, message == null ? "" : decode(message), trailers, null)
                : new GrpcStatus(UNKNOWN, "grpc-status is \"" + code + "\"", trailers, null);
    }

    /// A number of one to three digits; -1 for any other text.
    private static int number(String text) {
        int number = text.isEmpty() || text.length() > 3 ? -1 : 0;
        for (int i = 0; i < text.length() && number >= 0; i++) {
            int digit = text.charAt(i) - '0';
            number = digit >= 0 && digit <= 9 ? 10 * number + digit : -1;
        }
        return number;
    }

    /// The status of a call that received no complete response.
    static GrpcStatus of(ProxyFailure failure) {
        int code = switch (failure.kind()) {
            case UPSTREAM_TIMEOUT -> failure.detail().equals("request_timeout") ? DEADLINE_EXCEEDED : UNAVAILABLE;
            case NO_CLUSTER, MISCONFIGURED, FILTER_ERROR, INTERNAL_ERROR -> INTERNAL;
            default -> UNAVAILABLE;
        };
        return new GrpcStatus(code, failure.detail(), new ListHeaders(), failure);
    }

    /// The gRPC code for an HTTP response that has none (http-grpc-status-mapping).
    public static int ofHttp(int status) {
        return switch (status) {
            case 400 -> INTERNAL;
            case 401 -> UNAUTHENTICATED;
            case 403 -> PERMISSION_DENIED;
            case 404 -> UNIMPLEMENTED;
            case 429, 502, 503, 504 -> UNAVAILABLE;
            default -> UNKNOWN;
        };
    }

    /// Encodes a text for grpc-message: UTF-8, with everything except printable ASCII percent-encoded.
    public static String encode(String text) {
        StringBuilder out = new StringBuilder(text.length());
        for (byte b : text.getBytes(StandardCharsets.UTF_8)) {
            if (b < ' ' || b == 0x7f || b == '%') {
                out.append('%').append(Character.toUpperCase(Character.forDigit(b >> 4 & 0xf, 16)))
                        .append(Character.toUpperCase(Character.forDigit(b & 0xf, 16)));
            } else {
                out.append((char) b);
            }
        }
        return out.toString();
    }

    /// The text of a grpc-message; invalid escapes stay as they are.
    static String decode(String message) {
        byte[] out = new byte[message.length()];
        int length = 0;
        for (int i = 0; i < message.length(); i++) {
            char c = message.charAt(i);
            int high = c == '%' && i + 2 <= message.length() - 1 ? Character.digit(message.charAt(i + 1), 16) : -1;
            int low = high < 0 ? -1 : Character.digit(message.charAt(i + 2), 16);
            if (low < 0) {
                out[length++] = (byte) c;
            } else {
                out[length++] = (byte) (high << 4 | low);
                i += 2;
            }
        }
        return new String(out, 0, length, StandardCharsets.UTF_8);
    }
}
