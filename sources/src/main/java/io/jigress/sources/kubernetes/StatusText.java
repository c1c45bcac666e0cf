package io.jigress.sources.kubernetes;

import io.jigress.api.Json;
import io.jigress.control.JsonParser;
import java.nio.charset.StandardCharsets;

/// The message of the API server about a refused request: a `Status` object, or plain text.
final class StatusText {
    private static final int LIMIT = 500;

    private StatusText() {}

    /// Empty when there is no text.
    static String message(byte[] body) {
        if (body.length > 0 && JsonParser.parse(body) instanceof JsonParser.Result.Parsed(Json json)) {
            return json instanceof Json.Obj object && object.members().get("message") instanceof Json.Str(String message)
                    ? shortened(message)
                    : "";
        }
        return shortened(new String(body, StandardCharsets.UTF_8).strip());
    }

    private static String shortened(String text) {
        return text.length() > LIMIT ? text.substring(0, LIMIT) + "…" : text;
    }
}
