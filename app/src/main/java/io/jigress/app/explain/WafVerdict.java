package io.jigress.app.explain;

import io.jigress.api.Json;
import io.jigress.api.JsonReader;
import io.jigress.waf.filter.WafTrial;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// The decision of the web application firewall on one request, as text.
public final class WafVerdict {
    private WafVerdict() {}

    public static Json.Obj of(WafTrial trial, Question question, String body) {
        byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
        List<Map.Entry<String, String>> headers = new ArrayList<>();
        // Headers that clients usually send, added when they are not given.
        complete(headers, question, "Host", question.authority());
        complete(headers, question, "User-Agent", "jigress");
        complete(headers, question, "Accept", "*/*");
        if (bytes.length > 0) {
            complete(headers, question, "Content-Type", "application/x-www-form-urlencoded");
            complete(headers, question, "Content-Length", Integer.toString(bytes.length));
        }
        headers.addAll(question.headers());
        return trial.judge(question.method(), question.target(), headers, bytes);
    }

    private static void complete(List<Map.Entry<String, String>> headers, Question question, String name, String value) {
        if (question.headers().stream().noneMatch(header -> header.getKey().equalsIgnoreCase(name))) {
            headers.add(Map.entry(name, value));
        }
    }

    public static boolean isBlocked(Json.Obj verdict) {
        return verdict.members().get("action") instanceof Json.Str(String action) && action.equals("blocked");
    }

    public static String text(Json.Obj verdict) {
        JsonReader reader = JsonReader.of("", verdict);
        String action = reader.text("action", "");
        StringBuilder out = new StringBuilder(action.equals("detected") ? "detected, would be blocked" : action);
        if (reader.has("limit")) {
            out.append(" with ").append(reader.any("status")).append(", limit ").append(reader.text("limit", ""));
        } else if (reader.has("rule")) {
            out.append(" with ").append(reader.any("status")).append(" by rule ").append(reader.any("rule"));
        }
        if (reader.has("inboundScore")) {
            out.append(", inbound score ").append(reader.any("inboundScore"));
        }
        out.append('\n');
        for (JsonReader match : reader.objects("matches")) {
            out.append("  ").append(match.any("rule")).append("  ").append(match.text("msg", ""));
            if (!match.text("variable", "").isEmpty()) {
                out.append("  ").append(match.text("variable", ""));
            }
            if (match.has("place")) {
                out.append("  ").append(match.text("place", ""));
            }
            out.append('\n');
        }
        return out.toString();
    }
}
