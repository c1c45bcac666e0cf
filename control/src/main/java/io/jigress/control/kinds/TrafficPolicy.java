package io.jigress.control.kinds;

import io.jigress.api.Json;
import io.jigress.api.JsonReader;
import io.jigress.config.LoadBalancing;
import io.jigress.config.PathRules.Handling;
import io.jigress.config.ProxyProtocolInput;
import io.jigress.config.ProxyProtocolOutput;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// A TrafficPolicy (`jigress.io/v1`): timeouts, balancing, limits and retries of its targets.
///
/// ```yaml
/// apiVersion: jigress.io/v1
/// kind: TrafficPolicy
/// metadata: {name: patient, namespace: shop}
/// spec:
///   targetRefs:              # Gateway, HTTPRoute, GRPCRoute, TCPRoute, TLSRoute, UDPRoute, Ingress, Service, Backend, DubboService of the same namespace
///     - {kind: HTTPRoute, name: shop, sectionName: cart}
///   timeouts: {connect: 1s, request: 30s, backendRequest: 10s, idle: 1m}
///   loadBalancing: {type: LeastRequest, preferZone: true, minZonePercent: 20, slowStart: 30s}   # or RoundRobin
///   connections: {max: 100, pending: 50, idleTimeout: 30s}
///   limits: {requestBody: 10Mi}           # or unlimited
///   retry: {attempts: 2, conditions: [ConnectFailure, Refused, Reset, Timeout], statuses: [503], backoff: 20ms, hedgingDelay: 100ms, budget: {percent: 20}}
///   outlierDetection: {consecutiveFailures: 5, consecutiveErrors: 0, ejectionTime: 10s, maxEjectionTime: 5m, maxEjectedPercent: 50}
///   accessLog: false
///   paths: {encodedSlashes: keep}         # Gateways and their listeners only
///   tcp: {connectAttempts: 3}             # TCPRoute, TLSRoute, Gateway: on how many endpoints a connection is tried
///   proxyProtocol: {accept: Required}     # Gateways and their listeners: None, Optional or Required; Services and Backends: send: None, V1 or V2
///   tags: {names: [gray], rules: [{tag: gray, percent: 5}]}   # see RequestTags
///   udp: {answers: 1}                     # UDPRoute, Gateway: a session ends after so many datagrams from the endpoint
/// ```
///
/// For each field the nearer policy wins (an HTTPRoute's own timeouts and retry, the rule, the route, Service or Backend, the listener, the
/// Gateway), then the older. Services and Backends accept only settings of connections: connect, loadBalancing, connections, outlierDetection,
/// proxyProtocol.send. Of a
/// route that carries no HTTP, these and `timeouts.idle` and `accessLog` have an effect, and `tcp` or `udp`.
public record TrafficPolicy(TrafficSettings settings, List<TargetRef> targets) {
    private static final Set<String> UPSTREAMS = Set.of("Service", "Backend", "DubboService");
    private static final Set<String> STREAMS = Set.of("TCPRoute", "TLSRoute", "UDPRoute");
    private static final Set<String> TARGETS = Set.of("Gateway", "HTTPRoute", "GRPCRoute", "TCPRoute", "TLSRoute", "UDPRoute",
            "Ingress", "Service", "Backend", "DubboService");
    private static final int MAX_CONNECT_ATTEMPTS = 100;
    private static final long MAX_COUNT = 1_000_000;

    public static TrafficPolicy read(Document document) {
        JsonReader spec = document.spec();
        JsonReader t = spec.object("timeouts");
        var timeouts = new TrafficSettings.Timeouts(connect(t), t.duration("request"), t.duration("backendRequest"),
                t.duration("idle"));
        t.finish();
        JsonReader c = spec.object("connections");
        var connections = new TrafficSettings.Connections(count(c, "max", 1), count(c, "pending", 0), c.duration("idleTimeout"));
        c.finish();
        JsonReader b = spec.object("loadBalancing");
        b.ignore("type");
        int mark = document.mark();
        LoadBalancing balancing = b.has("type")
                ? b.choice("type", LoadBalancing.ROUND_ROBIN, TrafficPolicy::balancing, "RoundRobin or LeastRequest")
                : null;
        // An invalid value is ignored, so that the next farther policy applies.
        balancing = document.failedSince(mark) ? null : balancing;
        var chosen = new TrafficSettings.Balancing(balancing, zone(b), b.duration("slowStart"));
        b.finish();
        JsonReader limits = spec.object("limits");
        Long requestBody = bytes(limits, "requestBody");
        limits.finish();
        TrafficSettings.Paths paths = paths(spec.object("paths"));
        TrafficSettings.Retry retry = Resilience.retry(spec.object("retry"));
        TrafficSettings.Outliers outliers = Resilience.outliers(spec.object("outlierDetection"));
        TrafficSettings.Streams streams = streams(spec);
        TrafficSettings.ProxyHeaders proxyProtocol = proxyProtocol(document, spec.object("proxyProtocol"));
        RequestTags tags = spec.has("tags") ? RequestTags.read(document, spec.object("tags")) : null;
        Boolean accessLog = spec.any("accessLog") instanceof Json.Bool ? (Boolean) spec.bool("accessLog", true) : null;
        spec.bool("accessLog", true);
        int before = document.mark();
        List<TargetRef> targets = TargetRef.read(document, spec, TARGETS);
        if (targets.isEmpty() && !document.failedSince(before)) {
            spec.error("targetRefs",
                    (spec.has("targetRefs") ? "is empty" : "is missing") + ", so that the policy has no effect",
                    "at least one target");
        }
        for (TargetRef target : targets) {
            boolean upstream = UPSTREAMS.contains(target.key().kind());
            if (upstream && (timeouts.request() != null || timeouts.backendRequest() != null || timeouts.idle() != null
                    || requestBody != null
                    || accessLog != null)) {
                spec.warning("timeouts",
                        "has no effect on a target of kind " + target.key().kind()
                                + " beyond connect, nor have limits and accessLog",
                        "timeouts.connect, loadBalancing, connections, outlierDetection");
            }
            if (upstream && spec.has("tags")) {
                spec.warning("tags", "has no effect on a target of kind " + target.key().kind()
                        + ": a request has its tag before its upstream is chosen",
                        "a TrafficPolicy for the Gateway, HTTPRoute or Ingress");
            }
            if (upstream && spec.has("retry")) {
                spec.warning("retry", "has no effect on a target of kind " + target.key().kind()
                        + ": whether a request is sent again is decided by its route",
                        "a TrafficPolicy for the Gateway, HTTPRoute or Ingress");
            }
        }
        streamTargets(spec, targets);
        proxyTargets(spec.object("proxyProtocol"), targets);
        boolean onListeners = targets.stream().allMatch(target -> target.key().kind().equals("Gateway"));
        if (spec.has("paths") && !onListeners) {
            spec.warning("paths",
                    "has an effect only on targets of kind Gateway: the path is normalised before a route is chosen",
                    "a TrafficPolicy of its own for the Gateway, or the settings paths.*");
        }
        spec.ignore("timeouts", "connections", "loadBalancing", "limits", "accessLog", "paths", "retry",
                "outlierDetection", "tags", "tcp", "udp", "proxyProtocol");
        spec.finish();
        return new TrafficPolicy(new TrafficSettings(timeouts, connections, chosen, requestBody, accessLog, paths, retry,
                outliers, streams, proxyProtocol, tags), targets);
    }

    private static TrafficSettings.Streams streams(JsonReader spec) {
        JsonReader tcp = spec.object("tcp");
        long attempts = tcp.integer("connectAttempts", 0, 1, MAX_CONNECT_ATTEMPTS);
        tcp.finish();
        JsonReader udp = spec.object("udp");
        Integer answers = count(udp, "answers", 0);
        udp.finish();
        return new TrafficSettings.Streams(attempts == 0 ? null : (Integer) (int) attempts, answers);
    }

    private static TrafficSettings.ProxyHeaders proxyProtocol(Document document, JsonReader reader) {
        int mark = document.mark();
        ProxyProtocolInput accept = reader.has("accept")
                ? reader.choice("accept", ProxyProtocolInput.OFF, TrafficPolicy::accept, "None, Optional or Required")
                : null;
        accept = document.failedSince(mark) ? null : accept;
        mark = document.mark();
        ProxyProtocolOutput send = reader.has("send")
                ? reader.choice("send", ProxyProtocolOutput.NONE, TrafficPolicy::send, "None, V1 or V2")
                : null;
        send = document.failedSince(mark) ? null : send;
        reader.ignore("accept", "send");
        reader.finish();
        return new TrafficSettings.ProxyHeaders(accept, send);
    }

    private static @Nullable ProxyProtocolInput accept(String word) {
        return switch (word) {
            case "None" -> ProxyProtocolInput.OFF;
            case "Optional" -> ProxyProtocolInput.OPTIONAL;
            case "Required" -> ProxyProtocolInput.REQUIRED;
            default -> null;
        };
    }

    private static @Nullable ProxyProtocolOutput send(String word) {
        return switch (word) {
            case "None" -> ProxyProtocolOutput.NONE;
            case "V1" -> ProxyProtocolOutput.V1;
            case "V2" -> ProxyProtocolOutput.V2;
            default -> null;
        };
    }

    private static void proxyTargets(JsonReader reader, List<TargetRef> targets) {
        for (TargetRef target : targets) {
            String kind = target.key().kind();
            if (reader.has("accept") && !kind.equals("Gateway")) {
                reader.warning("accept", "has no effect on a target of kind " + kind
                        + ": the header is read before anything is known of a connection", "a target of kind Gateway");
            }
            if (reader.has("send") && !kind.equals("Service") && !kind.equals("Backend")) {
                reader.warning("send", "has no effect on a target of kind " + kind
                        + ": whether endpoints read a header does not depend on the route",
                        "a target of kind Service or Backend");
            }
        }
    }

    /// Reports settings without an effect on routes that carry no HTTP, and settings of such routes on others.
    private static void streamTargets(JsonReader spec, List<TargetRef> targets) {
        for (TargetRef target : targets) {
            String kind = target.key().kind();
            if (STREAMS.contains(kind)) {
                JsonReader timeouts = spec.object("timeouts");
                Stream.of("request", "backendRequest").filter(timeouts::has).forEach(field -> timeouts.warning(field,
                        "has no effect on a target of kind " + kind + ", which has no requests", "connect and idle"));
                Stream.of("limits", "retry", "tags").filter(spec::has).forEach(field -> spec.warning(field,
                        "has no effect on a target of kind " + kind + ", which has no requests",
                        kind.equals("UDPRoute") ? "nothing" : "tcp.connectAttempts for connections that fail"));
            }
            if (spec.has("tcp") && !kind.equals("Gateway") && !kind.equals("TCPRoute") && !kind.equals("TLSRoute")) {
                spec.warning("tcp", "has no effect on a target of kind " + kind,
                        "a target of kind TCPRoute, TLSRoute or Gateway");
            }
            if (spec.has("udp") && !kind.equals("Gateway") && !kind.equals("UDPRoute")) {
                spec.warning("udp", "has no effect on a target of kind " + kind, "a target of kind UDPRoute or Gateway");
            }
        }
    }

    private static @Nullable Integer zone(JsonReader balancing) {
        int percent = (int) balancing.integer("minZonePercent", 20, 1, 100);
        balancing.ignore("preferZone");
        if (!balancing.has("preferZone")) {
            if (balancing.has("minZonePercent")) {
                balancing.warning("minZonePercent", "has no effect without preferZone", "preferZone: true");
            }
            return null;
        }
        return balancing.bool("preferZone", false) ? percent : 0;
    }

    private static TrafficSettings.Paths paths(JsonReader paths) {
        var read = new TrafficSettings.Paths(handling(paths, "dotSegments", null), handling(paths, "repeatedSlashes", null),
                handling(paths, "escapes", Handling.REJECT), handling(paths, "encodedSlashes", null),
                handling(paths, "backslashes", null), handling(paths, "parameters", Handling.NORMALIZE));
        paths.finish();
        return read;
    }

    /// @param without the words that the field does not accept
    private static @Nullable Handling handling(JsonReader paths, String field, @Nullable Handling without) {
        String text = paths.text(field);
        if (text == null) {
            return null;
        }
        List<Handling> choices = Stream.of(Handling.values()).filter(each -> each != without).toList();
        Handling chosen = choices.stream().filter(each -> word(each).equals(text)).findFirst().orElse(null);
        if (chosen == null) {
            paths.error(field, "is \"" + text + "\"",
                    choices.stream().map(TrafficPolicy::word).collect(Collectors.joining(" or ")));
        }
        return chosen;
    }

    private static String word(Handling handling) {
        return handling.name().toLowerCase(Locale.ROOT);
    }

    private static @Nullable Duration connect(JsonReader timeouts) {
        Duration connect = timeouts.duration("connect");
        if (connect != null && connect.isZero()) {
            timeouts.error("connect", "is \"" + timeouts.text("connect") + "\"", "a duration above 0");
            return null;
        }
        return connect;
    }

    private static @Nullable Integer count(JsonReader reader, String field, long least) {
        long count = reader.integer(field, -1, least, MAX_COUNT);
        return count < 0 ? null : (Integer) (int) count;
    }

    private static @Nullable LoadBalancing balancing(String word) {
        return switch (word) {
            case "RoundRobin" -> LoadBalancing.ROUND_ROBIN;
            case "LeastRequest" -> LoadBalancing.LEAST_REQUEST;
            default -> null;
        };
    }

    /// A size: a number of bytes, a Kubernetes quantity (`512Ki`, `10Mi`, `1G`) or `unlimited`.
    private static @Nullable Long bytes(JsonReader reader, String field) {
        Json value = reader.any(field);
        if (value == null) {
            return null;
        }
        String text = switch (value) {
            case Json.Str string -> string.value();
            case Json.Num number -> number.literal();
            case Json.Obj _,Json.Arr _,Json.Bool _,Json.Null _ -> "";
        };
        if (text.equals("unlimited")) {
            return -1L;
        }
        int end = 0;
        while (end < text.length() && Character.isDigit(text.charAt(end))) {
            end++;
        }
        long unit = switch (text.substring(end)) {
            case "" -> 1;
            case "k" -> 1_000;
            case "M" -> 1_000_000;
            case "G" -> 1_000_000_000;
            case "Ki" -> 1L << 10;
            case "Mi" -> 1L << 20;
            case "Gi" -> 1L << 30;
            default -> -1;
        };
        if (end == 0 || end > (unit == 1 ? 15 : 9) || unit < 0) {
            reader.error(field, "is " + value, "a size in bytes such as 1048576, 512Ki, 10Mi, 1G, or unlimited");
            return null;
        }
        return Long.parseLong(text.substring(0, end)) * unit;
    }
}
