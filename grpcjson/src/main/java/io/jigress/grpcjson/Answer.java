package io.jigress.grpcjson;

import io.jigress.grpcjson.transcode.ProtoToJson;

/// A whole response in HTTP.
///
/// @param code of gRPC
/// @param bytes of which the first `length` are the body
record Answer(int code, int http, String contentType, byte[] bytes, int length) {
    static final String JSON = "application/json";

    static Answer error(CallStatus status, ProtoToJson writer) {
        byte[] json = status.json(writer);
        return new Answer(status.code(), status.http(), JSON, json, json.length);
    }
}
