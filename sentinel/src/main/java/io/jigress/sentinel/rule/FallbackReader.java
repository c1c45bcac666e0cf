package io.jigress.sentinel.rule;

import io.jigress.api.HeaderName;
import io.jigress.api.JsonReader;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Reads the responses to refused requests.
final class FallbackReader {
    private FallbackReader() {}

    /// Reads the `fallback` of all rules, or of one rule; null without one.
    static @Nullable Fallback read(JsonReader holder) {
        if (!holder.has("fallback")) {
            holder.ignore("fallback");
            return null;
        }
        JsonReader item = holder.object("fallback");
        int status = (int) item.integer("status", 0, 200, 599);
        String body = item.text("body");
        String type = item.text("contentType");
        String redirect = item.text("redirect");
        List<Map.Entry<HeaderName, String>> headers = new ArrayList<>();
        if (redirect != null) {
            boolean moved = status >= 300 && status <= 399;
            if (status != 0 && !moved) {
                item.error("status", "is " + status + " beside redirect", "301, 302, 303, 307 or 308");
            }
            if (!HeaderName.isValue(redirect) || redirect.isEmpty()) {
                item.error("redirect", "is \"" + redirect + "\"", "a URL or a path");
            } else {
                headers.add(Map.entry(HeaderName.LOCATION, redirect));
            }
            status = moved ? status : 302;
            body = body == null ? "" : body;
        }
        if (body != null && !body.isEmpty()) {
            String written = type == null ? body.startsWith("{") ? "application/json" : "text/plain; charset=utf-8" : type;
            if (HeaderName.isValue(written)) {
                headers.add(Map.entry(HeaderName.CONTENT_TYPE, written));
            } else {
                item.error("contentType", "is \"" + written + "\"", "a media type");
            }
        } else if (type != null) {
            item.error("contentType", "has no effect", "a body");
        }
        item.textMap("headers").forEach((name, value) -> {
            if (HeaderName.isToken(name) && !HeaderName.RESERVED.contains(name.toLowerCase(Locale.ROOT))
                    && HeaderName.isValue(value)) {
                headers.add(Map.entry(HeaderName.of(name), value));
            } else {
                item.error("headers", "cannot have " + name + ": " + value,
                        "names and values of header fields that are not framing");
            }
        });
        item.finishStrictly("the answer would be another");
        return new Fallback(status, body, headers);
    }
}
