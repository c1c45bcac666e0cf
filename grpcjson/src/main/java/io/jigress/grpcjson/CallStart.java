package io.jigress.grpcjson;

import io.jigress.api.HeaderName;
import io.jigress.api.Headers;
import io.jigress.api.RequestHead;
import io.jigress.grpcjson.descriptor.Field;
import io.jigress.grpcjson.descriptor.MessageType;
import io.jigress.grpcjson.rule.Binding;
import io.jigress.grpcjson.rule.QueryParameters;
import io.jigress.grpcjson.rule.RuleTable;
import io.jigress.grpcjson.transcode.Invalid;
import io.jigress.grpcjson.transcode.JsonToProto.Parameter;
import io.jigress.grpcjson.transcode.JsonToProto.Place;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// What becomes of a request, by its head.
sealed interface CallStart {
    String HTTP_BODY = "google.api.HttpBody";
    HeaderName ACCEPT = HeaderName.of("accept");
    HeaderName CONTENT_ENCODING = HeaderName.of("content-encoding");

    /// It calls a method.
    record Begun(Call call) implements CallStart {}

    /// It goes on as it is.
    record Passed() implements CallStart {}

    /// @param allowed the value of the field Allow; empty for none
    /// @param reason for the access log
    record Refused(int http, int code, String message, String allowed, String reason) implements CallStart {
        static Refused of(Invalid why) {
            return why.limit()
                    ? new Refused(413, StatusCode.RESOURCE_EXHAUSTED, why.toString(), "", "grpc_json_limit")
                    : new Refused(400, StatusCode.INVALID_ARGUMENT, why.toString(), "", "grpc_json_request");
        }
    }

    static CallStart of(Transcoder transcoder, GrpcJsonConfig config, RequestHead request) {
        return switch (transcoder.rules().match(request.method(), request.path())) {
            case RuleTable.Match.Found(Binding binding, List<String> values) ->
                begin(transcoder, config, request, binding, values);
            case RuleTable.Match.OtherMethod(String allowed) -> config.requests().passUnmatched()
                    ? new Passed()
                    : new Refused(405, StatusCode.UNIMPLEMENTED, request.method() + " is not a method of this path", allowed,
                            "grpc_json_method");
            case RuleTable.Match.None _ -> config.requests().passUnmatched()
                    ? new Passed()
                    : new Refused(404, StatusCode.NOT_FOUND, "no gRPC method has this path", "", "grpc_json_path");
        };
    }

    private static CallStart begin(Transcoder transcoder, GrpcJsonConfig config, RequestHead request, Binding binding,
            List<String> values) {
        List<Parameter> parameters = new ArrayList<>();
        String fault = QueryParameters.add(binding.method().input(), request.query(), binding.fields(),
                config.requests().ignoredParameters(), parameters);
        if (fault != null) {
            return new Refused(400, StatusCode.INVALID_ARGUMENT, fault, "", "grpc_json_request");
        }
        for (int i = 0; i < values.size(); i++) {
            parameters.add(new Parameter(binding.fields().get(i), values.get(i)));
        }
        Headers headers = request.headers();
        String type = headers.first(HeaderName.CONTENT_TYPE);
        String encoding = headers.first(CONTENT_ENCODING);
        if (encoding != null && !encoding.equalsIgnoreCase("identity")) {
            return new Refused(415, StatusCode.INVALID_ARGUMENT, "the body is compressed (expected: no content-encoding)", "",
                    "grpc_json_type");
        }
        Place place = place(binding, type);
        if (!(place instanceof Place.Raw || place instanceof Place.Nowhere) && !isJson(type)) {
            return new Refused(415, StatusCode.INVALID_ARGUMENT,
                    "the content type is \"" + shown(type) + "\" (expected: application/json)", "", "grpc_json_type");
        }
        String accept = binding.method().serverStreaming() ? headers.first(ACCEPT) : null;
        boolean events = accept != null && accept.toLowerCase(Locale.ROOT).contains("text/event-stream");
        return new Begun(new Call(transcoder, binding, place, parameters, events));
    }

    private static Place place(Binding binding, @Nullable String type) {
        Field body = binding.body();
        String raw = type == null ? "" : type;
        if (binding.whole()) {
            return isHttpBody(binding.method().input()) ? new Place.Raw(null, raw) : new Place.Whole();
        }
        if (body == null) {
            return new Place.Nowhere();
        }
        return body.kind().isMessage() && !body.isRepeated() && isHttpBody(body.message())
                ? new Place.Raw(body, raw)
                : new Place.In(body);
    }

    static boolean isHttpBody(MessageType type) {
        return type.fullName().equals(HTTP_BODY);
    }

    /// Other types are refused, since pages of other origins may send some of them without asking (CORS).
    private static boolean isJson(@Nullable String type) {
        if (type == null) {
            return true;
        }
        int end = type.indexOf(';');
        String base = (end < 0 ? type : type.substring(0, end)).strip().toLowerCase(Locale.ROOT);
        return base.equals("application/json") || base.startsWith("application/") && base.endsWith("+json");
    }

    private static String shown(@Nullable String type) {
        return type == null ? "" : type.length() > 60 ? type.substring(0, 60) + "…" : type;
    }
}
