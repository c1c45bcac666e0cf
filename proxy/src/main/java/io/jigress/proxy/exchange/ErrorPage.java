package io.jigress.proxy.exchange;

import io.jigress.api.HeaderName;
import io.jigress.api.Json;
import io.jigress.api.LocalReply;
import io.jigress.api.ReplyBody;
import io.netty.handler.codec.http.HttpResponseStatus;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// The one form of all errors that the gateway and its filters answer: the page of the setting `error.page`, or JSON for clients
/// whose Accept field prefers it. Immutable.
public final class ErrorPage {
    private static final Pattern PLACE = Pattern.compile("(?m)^\\{message}\\r?\\n|\\{(?:status|reason|message|id)}");
    static final HeaderName ACCEPT = HeaderName.of("accept");
    private static final String JSON = "application/json";

    private enum Form { TEXT, HTML, JSON }

    /// Texts and, between them, places such as `{id}`.
    private final List<String> parts = new ArrayList<>();
    private final Form form;

    /// @param page a template of text, HTML (it begins with `<`) or JSON, in which `{status}`, `{reason}`, `{message}` and `{id}` are
    /// replaced; a line of `{message}` alone is left out when there is no message
    public ErrorPage(String page) {
        String start = page.stripLeading();
        form = start.startsWith("<") ? Form.HTML
                : start.startsWith("[") || start.startsWith("{") && !PLACE.matcher(start).lookingAt() ? Form.JSON : Form.TEXT;
        Matcher place = PLACE.matcher(page);
        int from = 0;
        while (place.find()) {
            parts.add(page.substring(from, place.start()));
            parts.add(place.group());
            from = place.end();
        }
        parts.add(page.substring(from));
    }

    /// The whole reply: a message becomes a body.
    ///
    /// @param id of the request
    /// @param accept the request's Accept field; null when there is none
    LocalReply whole(LocalReply reply, String id, @Nullable String accept) {
        String message = reply.message();
        if (message == null) {
            return reply;
        }
        boolean own = message.startsWith("{") && message.stripTrailing().endsWith("}");
        boolean json = own || form == Form.JSON
                || AcceptField.prefersJson(accept, form == Form.HTML ? "text/html" : "text/plain");
        String text = own ? message : json && form != Form.JSON ? json(reply.status(), message, id)
                : page(reply.status(), message, id);
        List<Map.Entry<HeaderName, String>> headers = new ArrayList<>(reply.headers());
        headers.addFirst(Map.entry(HeaderName.CONTENT_TYPE,
                json ? JSON : form == Form.HTML ? "text/html; charset=utf-8" : "text/plain; charset=utf-8"));
        return new LocalReply(reply.status(), headers, new ReplyBody.Whole(text.getBytes(StandardCharsets.UTF_8)),
                reply.trailers(), reply.reason());
    }

    private static String json(int status, String message, String id) {
        Json.Builder json = Json.object().put("status", status).put("error", reason(status));
        if (!message.isEmpty()) {
            json.put("message", message);
        }
        return json.put("request_id", id).build() + "\n";
    }

    private String page(int status, String message, String id) {
        StringBuilder out = new StringBuilder();
        for (int i = 0; i < parts.size(); i++) {
            String part = parts.get(i);
            if (i % 2 == 0) {
                out.append(part);
                continue;
            }
            switch (part) {
                case "{status}" -> out.append(status);
                case "{reason}" -> out.append(escaped(reason(status)));
                case "{id}" -> out.append(escaped(id));
                case "{message}" -> out.append(escaped(message));
                default -> {
                    if (!message.isEmpty()) {
                        out.append(escaped(message)).append(part, part.indexOf('}') + 1, part.length());
                    }
                }
            }
        }
        return out.toString();
    }

    private String escaped(String text) {
        return switch (form) {
            case TEXT -> text;
            case HTML -> text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("\"", "&quot;")
                    .replace("'", "&#39;");
            case JSON -> {
                String quoted = Json.of(text).toString();
                yield quoted.substring(1, quoted.length() - 1);
            }
        };
    }

    private static String reason(int status) {
        return HttpResponseStatus.valueOf(status).reasonPhrase();
    }
}
