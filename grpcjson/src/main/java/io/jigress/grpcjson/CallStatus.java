package io.jigress.grpcjson;

import io.jigress.api.GrpcStatus;
import io.jigress.api.HeaderName;
import io.jigress.api.Headers;
import io.jigress.api.Json;
import io.jigress.grpcjson.transcode.ProtoToJson;
import io.jigress.grpcjson.transcode.Transcoded;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// How a call ended, as trailers tell it.
///
/// @param details a google.rpc.Status in base64; null when there is none
record CallStatus(int code, String message, @Nullable String details) {
    static final HeaderName STATUS = HeaderName.of("grpc-status");
    static final HeaderName MESSAGE = HeaderName.of("grpc-message");
    static final HeaderName DETAILS = HeaderName.of("grpc-status-details-bin");
    /// Fields of gRPC that mean nothing to a client of HTTP.
    static final List<HeaderName> FIELDS = List.of(STATUS, MESSAGE, DETAILS, HeaderName.of("grpc-encoding"),
            HeaderName.of("grpc-accept-encoding"));

    CallStatus(int code, String message) {
        this(code, message, null);
    }

    static CallStatus of(@Nullable Headers trailers) {
        GrpcStatus status = trailers == null ? null : GrpcStatus.of(trailers);
        return trailers == null || status == null
                ? new CallStatus(StatusCode.UNKNOWN, "the response has no status")
                : new CallStatus(status.code(), status.message(), trailers.first(DETAILS));
    }

    boolean isOk() { return code == StatusCode.OK; }

    int http() {
        return StatusCode.http(code);
    }

    /// A google.rpc.Status in JSON.
    byte[] json(ProtoToJson writer) {
        byte[] detailed = details == null ? null : detailed(writer, details);
        return detailed != null ? detailed : json();
    }

    /// Without details.
    byte[] json() {
        return Json.object().put("code", code).put("message", message).build().toString().getBytes(StandardCharsets.UTF_8);
    }

    /// Null when the details cannot be read.
    private byte @Nullable [] detailed(ProtoToJson writer, String base64) {
        try {
            byte[] decoded = Base64.getDecoder().decode(base64);
            return writer.status(decoded) instanceof Transcoded.Done(byte[] bytes, int length)
                    ? Arrays.copyOf(bytes, length)
                    : null;
        } catch (IllegalArgumentException _) {
            return null;
        }
    }
}
