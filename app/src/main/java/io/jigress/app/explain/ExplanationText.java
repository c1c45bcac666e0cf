package io.jigress.app.explain;

import io.jigress.api.Durations;
import io.jigress.api.Json;
import io.jigress.api.JsonReader;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/// An explanation as text: the candidates, the chosen route and its upstream.
public final class ExplanationText {
    private final StringBuilder out = new StringBuilder();

    private ExplanationText() {}

    /// @param explanation of the data plane, with or without places
    public static String of(Json explanation) {
        ExplanationText text = new ExplanationText();
        text.write(JsonReader.of("", explanation));
        return text.out.toString();
    }

    private void write(JsonReader explanation) {
        if (explanation.has("connection")) {
            stream(explanation);
            return;
        }
        JsonReader request = explanation.object("request");
        out.append(request.text("method", "")).append(' ').append(request.text("url", ""));
        if (explanation.has("listener")) {
            out.append(" on listener ").append(explanation.text("listener", ""));
        }
        out.append('\n');
        String path = request.text("path", "");
        if (!path.isEmpty() && !hasPath(request.text("url", ""), path)) {
            out.append("its path in normal form: ").append(path).append('\n');
        }
        proxyProtocol(explanation);
        weighed(explanation);
        outcome(explanation);
    }

    private static boolean hasPath(String url, String path) {
        int slash = url.indexOf('/', url.indexOf("://") + 3);
        String target = slash < 0 ? "/" : url.substring(slash);
        int question = target.indexOf('?');
        return (question < 0 ? target : target.substring(0, question)).equals(path);
    }

    private void weighed(JsonReader explanation) {
        List<JsonReader> candidates = explanation.objects("candidates");
        List<List<String>> rows = new ArrayList<>();
        for (JsonReader host : explanation.objects("hosts")) {
            String pattern = host.text("host", "");
            rows.add(List.of("host " + pattern, host.text("outcome", "").replace('_', ' ')));
            candidates.stream().filter(candidate -> candidate.text("host", "").equals(pattern))
                    .forEach(candidate -> rows.add(List.of(
                            "  " + named(candidate), candidate.text("verdict", ""),
                            candidate.text("why", candidate.text("rank", "")))));
        }
        if (!rows.isEmpty()) {
            out.append('\n');
            table(rows);
        }
    }

    private void outcome(JsonReader explanation) {
        JsonReader route = explanation.object("route");
        String why = explanation.text("why", "");
        out.append('\n').append(switch (explanation.text("outcome", "")) {
            case "forward" -> "goes by " + named(route);
            case "redirect" -> "is redirected with " + number(route, "status") + " by " + named(route);
            case "reply" ->
                "is answered with " + number(route, "status") + " (" + route.text("reason", "") + ") by " + named(route);
            case "no_route" -> "is answered with 404: " + why;
            case "misdirected" -> "is answered with 421: " + why;
            case "bad_request" -> "is refused: " + why;
            default -> "has no destination: " + why;
        }).append('\n');
        filters(explanation, "  ");
        filters(route, "  ");
        for (JsonReader target : route.objects("targets")) {
            target(target, weights(route));
        }
        problems(route);
    }

    private void stream(JsonReader explanation) {
        JsonReader connection = explanation.object("connection");
        out.append(connection.text("protocol", "")).append(' ').append(connection.text("address", ""));
        if (connection.has("sni")) {
            out.append(", server name ").append(connection.text("sni", ""));
        }
        if (explanation.has("listener")) {
            out.append(" on listener ").append(explanation.text("listener", ""));
        }
        out.append('\n');
        if (explanation.has("section")) {
            out.append("section ").append(explanation.text("section", ""));
            if (explanation.has("pattern")) {
                out.append(", server names ").append(explanation.text("pattern", ""));
            }
            out.append(explanation.has("tls") ? ", TLS is " + explanation.text("tls", "") : "").append('\n');
        }
        proxyProtocol(explanation);
        JsonReader route = explanation.object("route");
        boolean udp = connection.text("protocol", "").equals("udp");
        String why = explanation.text("why", "");
        out.append('\n').append(switch (explanation.text("outcome", "")) {
            case "forward" -> "goes by " + named(route);
            case "http" -> "carries HTTP: " + why;
            default -> (udp ? "is dropped: " : "is closed: ") + why;
        }).append('\n');
        if (route.has("options")) {
            out.append("  ").append(route.text("options", "")).append('\n');
        }
        for (JsonReader target : route.objects("targets")) {
            target(target, weights(route));
        }
        problems(route);
    }

    /// What is wrong with references that cannot be resolved.
    private void problems(JsonReader route) {
        route.texts("problems").forEach(problem -> out.append("  ").append(problem).append('\n'));
    }

    private void proxyProtocol(JsonReader explanation) {
        if (explanation.has("proxyProtocol")) {
            out.append("a header of the PROXY protocol is ").append(explanation.text("proxyProtocol", "")).append('\n');
        }
    }

    private static long weights(JsonReader route) {
        return route.objects("targets").stream().mapToLong(target -> target.integer("weight", 0, 0, Long.MAX_VALUE)).sum();
    }

    private void filters(JsonReader holder, String indent) {
        List<List<String>> rows = new ArrayList<>();
        for (JsonReader filter : holder.objects("filters")) {
            rows.add(List.of(indent + "filter " + filter.text("name", ""),
                    filter.text("phase", "") + " " + number(filter, "priority"), named(filter)));
        }
        table(rows);
    }

    private void target(JsonReader target, long total) {
        long weight = target.integer("weight", 0, 0, Long.MAX_VALUE);
        out.append("  ").append(total == 0 ? 0 : Math.round(100.0 * weight / total)).append(" % to ")
                .append(named(target, target.text("cluster", "")));
        if (target.has("protocol")) {
            out.append(", ").append(target.text("protocol", "")).append(", ")
                    .append(target.text("balancing", "").replace('_', ' '));
        }
        out.append('\n');
        filters(target, "    ");
        if (target.has("tls")) {
            out.append("    ").append(tls(target.object("tls"))).append('\n');
        }
        if (target.has("proxyProtocol")) {
            out.append("    connections begin with a header of the PROXY protocol, ").append(target.text("proxyProtocol", ""))
                    .append('\n');
        }
        if (target.has("registry")) {
            out.append("    ").append(registry(target.object("registry"))).append('\n');
        }
        if (target.has("call")) {
            out.append("    ").append(call(target.object("call"))).append('\n');
        }
        for (JsonReader endpoint : target.objects("endpoints")) {
            long share = endpoint.integer("weight", 1, 0, Long.MAX_VALUE);
            out.append("    ").append(endpoint.text("address", "")).append(share == 1 ? "" : ", weight " + share)
                    .append(endpoint.has("priority") ? ", priority " + number(endpoint, "priority") : "")
                    .append(health(endpoint)).append('\n');
        }
        if (target.has("why")) {
            out.append("    ").append(target.text("why", "")).append('\n');
        }
    }

    /// `TLS by BackendTLSPolicy default/cart, server name cart.example: verified for cart.example by CA certificates of its own`.
    private static String tls(JsonReader tls) {
        StringBuilder line = new StringBuilder("TLS by ").append(tls.text("origin", "?"));
        if (tls.has("serverName")) {
            line.append(", server name ").append(tls.text("serverName", ""));
        }
        if (tls.has("certificate")) {
            line.append(", with the certificate of Secret ").append(tls.text("certificate", ""));
        }
        line.append(": ");
        if (tls.bool("verified", false)) {
            line.append("verified for ").append(String.join(" or ", tls.texts("names"))).append(" by CA certificates of ")
                    .append(tls.text("authorities", "").equals("system") ? "the system" : "its own");
        } else {
            line.append("not verified");
        }
        return line.toString();
    }

    /// ` ejected since 2026-11-26T06:00:00Z until 2026-11-26T06:00:10Z (attempt_timeout)`; empty for a healthy endpoint.
    private static String health(JsonReader endpoint) {
        String state = endpoint.text("state", "healthy");
        if (state.equals("healthy")) {
            return "";
        }
        return " " + state + " since " + endpoint.text("since", "?")
                + (endpoint.has("until") ? " until " + endpoint.text("until", "") : "") + " (" + endpoint.text("reason", "")
                + ")";
    }

    /// `registry default/nacos, connected: orders is current, revision 7, 1.2s old, 3 in use of 4 listed`.
    private static String registry(JsonReader registry) {
        StringBuilder line = new StringBuilder("registry ").append(registry.text("registry", "")).append(", ")
                .append(registry.text("connection", ""));
        if (registry.has("connectionError")) {
            line.append(" (").append(registry.text("connectionError", "")).append(')');
        }
        line.append(": ").append(registry.text("service", "")).append(" is ").append(registry.text("state", ""));
        if (registry.has("ageMillis")) {
            Duration age = Duration.ofMillis(registry.integer("ageMillis", 0, 0, Long.MAX_VALUE));
            line.append(", revision ").append(number(registry, "revision")).append(", ").append(Durations.print(age))
                    .append(" old, ")
                    .append(number(registry, "used")).append(" in use of ").append(number(registry, "listed")).append(" listed");
        }
        if (registry.has("error")) {
            line.append("; ").append(registry.text("error", ""));
        }
        return line.toString();
    }

    /// `calls find(long id from the path variable) of com.acme.OrderService 1.0.0 (GET /orders/{id} → find)`.
    private static String call(JsonReader call) {
        String service = call.text("service", "") + (call.has("group") ? ", group " + call.text("group", "") : "")
                + (call.has("version") ? ", version " + call.text("version", "") : "");
        return call.has("why")
                ? "calls nothing of " + service + ": " + call.text("why", "")
                : "calls " + call.text("method", "") + " of " + service + " by " + call.text("mapping", "");
    }

    private static String named(JsonReader object) {
        return named(object, "?");
    }

    /// An object and its place: `HTTPRoute default/shop rule 0 (routes.yaml:7)`.
    private static String named(JsonReader object, String fallback) {
        String place = object.text("place", "");
        return object.text("origin", fallback) + (place.isEmpty() ? "" : " (" + place + ")");
    }

    private static String number(JsonReader object, String field) {
        Json value = object.any(field);
        return value == null ? "?" : value.toString();
    }

    /// Rows with aligned columns; the last column is not padded.
    private void table(List<List<String>> rows) {
        int[] widths = new int[8];
        for (List<String> row : rows) {
            for (int i = 0; i < row.size() - 1; i++) {
                widths[i] = Math.max(widths[i], row.get(i).length());
            }
        }
        for (List<String> row : rows) {
            for (int i = 0; i < row.size() - 1; i++) {
                out.append(row.get(i)).repeat(' ', widths[i] - row.get(i).length() + 2);
            }
            out.append(row.getLast()).append('\n');
        }
    }
}
