package io.jigress.control.kinds;

import io.jigress.api.Json;
import io.jigress.api.JsonReader;
import io.jigress.config.PathMatch;
import io.jigress.config.RouteMatch;
import io.jigress.config.RouteRank;
import io.jigress.config.ValueMatch;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;

/// What a GRPCRoute has in place of an HTTPRoute's fields. A call's path is `/service/method`, so that matches on these are matches on paths.
public final class GrpcRoute {
    private static final Pattern SERVICE = Pattern.compile("\\.?[A-Za-z_][A-Za-z_0-9]*(\\.[A-Za-z_][A-Za-z_0-9]*)*");
    private static final Pattern METHOD = Pattern.compile("[A-Za-z_][A-Za-z_0-9]*");
    private static final String ANY = "[^/]+";
    private static final Set<String> HTTP_METHODS = Set.of("GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE",
            "PATCH");

    private GrpcRoute() {}

    public static HttpRoute read(Document document, RegexSyntax regex) {
        return HttpRoute.read(document, regex, true);
    }

    /// The rank of a match. Gateway API (GRPCRouteRule): more characters of the service, then of the method, then more headers. A regular expression, and a
    /// method without a service, rank below a named service and above a match for every call.
    public static RouteRank rank(RouteMatch match, long created, String object, int rule, int index) {
        return match.path() instanceof PathMatch.Regex
                ? new RouteRank(RouteRank.PathKind.PREFIX, 1, true, match.headers().size(), 0, created, object, rule, index)
                : RouteRank.of(match, created, object, rule, index);
    }

    static RouteMatch match(JsonReader item, RegexSyntax regex) {
        for (String field : List.of("path", "queryParams")) {
            if (item.has(field)) {
                item.ignore(field);
                item.error(field, "is a field of an HTTPRoute", "method, such as {service: shop.Cart, method: Add}");
            }
        }
        PathMatch path = path(item, regex);
        List<ValueMatch> headers = HttpRoute.values(item.objects("headers"), true, regex);
        item.finishStrictly(HttpRoute.LEFT_OUT);
        return new RouteMatch(path, null, headers, List.of());
    }

    private static PathMatch path(JsonReader match, RegexSyntax regex) {
        if (!match.has("method")) {
            return PathMatch.ALL;
        }
        if (match.any("method") instanceof Json.Str(String written)) {
            match.ignore("method");
            match.error("method", "is \"" + written + "\"", HTTP_METHODS.contains(written)
                    ? "nothing: calls of gRPC are POST requests"
                    : "an object such as {service: shop.Cart, method: Add}");
            return PathMatch.ALL;
        }
        JsonReader method = match.object("method");
        String type = method.text("type", "Exact");
        String service = method.text("service", "");
        String name = method.text("method", "");
        method.finishStrictly(HttpRoute.LEFT_OUT);
        if (service.isEmpty() && name.isEmpty()) {
            match.error("method", "has neither service nor method", "one of them or both; no method for all calls");
            return PathMatch.ALL;
        }
        return switch (type) {
            case "Exact" -> exact(method, service, name);
            case "RegularExpression" -> {
                require(method, "service", service, regex);
                require(method, "method", name, regex);
                yield new PathMatch.Regex("/" + group(service) + "/" + group(name));
            }
            default -> {
                method.unknown("type", type, List.of("Exact", "RegularExpression"));
                yield PathMatch.ALL;
            }
        };
    }

    private static PathMatch exact(JsonReader method, String service, String name) {
        require(method, "service", service, SERVICE, "a service such as shop.Cart");
        require(method, "method", name, METHOD, "a method such as Add");
        if (name.isEmpty()) {
            return new PathMatch.Prefix("/" + service);
        }
        return service.isEmpty()
                ? new PathMatch.Regex("/" + ANY + "/" + name)
                : new PathMatch.Exact("/" + service + "/" + name);
    }

    private static void require(JsonReader method, String field, String value, Pattern form, String expected) {
        if (value.isEmpty() || form.matcher(value).matches()) {
            return;
        }
        String meant = expected;
        if (value.contains("*")) {
            meant = "no " + field + ", for every one; or type: RegularExpression";
        } else if (value.indexOf('/', 1) > 0) {
            String[] parts = (value.startsWith("/") ? value.substring(1) : value).split("/", 2);
            meant = "service: " + parts[0] + ", method: " + parts[1];
        }
        method.error(field, "is \"" + value + "\"", meant);
    }

    private static void require(JsonReader method, String field, String expression, RegexSyntax regex) {
        if (!expression.isEmpty()) {
            HttpRoute.requireRegex(method, field, expression, regex);
        }
    }

    private static String group(String expression) {
        return expression.isEmpty() ? ANY : "(?:" + expression + ")";
    }

    /// A rule of a GRPCRoute has neither timeouts nor retries: a TrafficPolicy sets them.
    static Resilience.RuleTimes withoutTimes(JsonReader rule) {
        for (String field : List.of("timeouts", "retry")) {
            if (rule.has(field)) {
                rule.ignore(field);
                rule.warning(field, "is a field of an HTTPRoute and has no effect",
                        "a TrafficPolicy whose targetRefs name the GRPCRoute");
            }
        }
        return Resilience.RuleTimes.NONE;
    }
}
