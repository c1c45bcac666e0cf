package io.jigress.admin;

import io.jigress.api.Json;

/// What an endpoint answers.
public record AdminReply(int status, String contentType, String body) {

    public static AdminReply json(Json json) {
        return json(200, json);
    }

    public static AdminReply json(int status, Json json) {
        return new AdminReply(status, "application/json", PrettyJson.print(json) + "\n");
    }

    /// `{"error": message}`
    public static AdminReply error(int status, String message) {
        return json(status, Json.object().put("error", message).build());
    }
}
