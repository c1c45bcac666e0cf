package io.jigress.admin;

import io.jigress.api.Json;
import java.util.Iterator;
import java.util.List;
import java.util.Map;

/// The response of an endpoint.
///
/// @param fields additional header fields
/// @param body in pieces; each is created on the server's thread when the client has accepted the previous ones
public record AdminReply(int status, String contentType, Map<String, String> fields, Iterator<String> body) {

    public AdminReply {
        fields = Map.copyOf(fields);
    }

    public static AdminReply text(String contentType, Iterator<String> body) {
        return new AdminReply(200, contentType, Map.of(), body);
    }

    public static AdminReply json(Json json) {
        return json(200, json);
    }

    public static AdminReply json(int status, Json json) {
        return json(status, Map.of(), json);
    }

    /// `{"error": message}`
    public static AdminReply error(int status, String message) {
        return error(status, Map.of(), message);
    }

    static AdminReply error(int status, Map<String, String> fields, String message) {
        return json(status, fields, Json.object().put("error", message).build());
    }

    private static AdminReply json(int status, Map<String, String> fields, Json json) {
        return new AdminReply(status, "application/json", fields, List.of(PrettyJson.print(json) + "\n").iterator());
    }
}
