package io.jigress.control.translate;

import io.jigress.api.Durations;
import io.jigress.api.Json;
import io.jigress.config.ClientCertificates;
import io.jigress.config.Cluster;
import io.jigress.config.ConnectionLimits;
import io.jigress.config.Endpoint;
import io.jigress.config.EndpointRef;
import io.jigress.config.FilterSpec;
import io.jigress.config.Listener;
import io.jigress.config.LoadBalancing;
import io.jigress.config.OutlierDetection;
import io.jigress.config.UpstreamTls;
import io.jigress.config.PathMatch;
import io.jigress.config.PathRules;
import io.jigress.config.PersistentMap;
import io.jigress.config.ProxyProtocolInput;
import io.jigress.config.ProxyProtocolOutput;
import io.jigress.config.RetryPolicy;
import io.jigress.config.Route;
import io.jigress.config.RouteAction;
import io.jigress.config.RouteMatch;
import io.jigress.config.RouteOptions;
import io.jigress.config.TlsCertificate;
import io.jigress.config.TlsSettings;
import io.jigress.config.StreamOptions;
import io.jigress.config.StreamRoute;
import io.jigress.config.TlsStreams;
import io.jigress.config.Traffic;
import io.jigress.config.ValueMatch;
import io.jigress.config.VirtualHost;
import io.jigress.control.Problem;
import io.jigress.control.GatewayService;
import io.jigress.control.Translation;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/// A translation as readable YAML: defaults are left out, everything is sorted.
final class TranslationText {
    private final StringBuilder out = new StringBuilder();

    static String of(Translation translation) {
        TranslationText text = new TranslationText();
        text.out.append("listeners:\n");
        sorted(translation.config().listeners()).values().forEach(text::listener);
        text.out.append("clusters:\n");
        sorted(translation.config().clusters()).values().forEach(text::cluster);
        text.out.append("statuses:\n");
        sorted(translation.statuses()).forEach((key, status) -> {
            text.line(1, key + ":");
            text.json(2, status);
        });
        if (!translation.services().isEmpty()) {
            text.out.append("services:\n");
            sorted(translation.services()).forEach((gateway, service) -> {
                GatewayService.Wanted wanted = service.wanted();
                text.line(1, gateway + ":" + (wanted == null
                        ? ""
                        : " # " + wanted.key() + (wanted.addresses().isEmpty() ? "" : " at " + wanted.addresses())));
                if (wanted != null) {
                    text.json(2, wanted.object());
                }
                service.surplus().forEach(surplus -> text.line(2, "# " + surplus + " goes"));
            });
        }
        text.out.append("problems:\n");
        sorted(translation.problems()).values().forEach(list -> list.forEach(text::problem));
        return text.out.toString();
    }

    private static <K extends Comparable<K>, V> Map<K, V> sorted(PersistentMap<K, V> map) {
        Map<K, V> sorted = new TreeMap<>();
        map.forEach(sorted::put);
        return sorted;
    }

    private void line(int depth, String text) {
        out.append("  ".repeat(depth)).append(text).append('\n');
    }

    private void listener(Listener listener) {
        line(1, "\"" + listener.name() + "\":");
        String udp = listener.traffic() instanceof Traffic.Udp ? "/udp" : "";
        if (!listener.name().equals(SocketPlan.name(listener.address(), listener.port()) + udp)) {
            throw new AssertionError(listener.name());
        }
        if (listener.publicPort() != listener.port()) {
            line(2, "for clients: " + listener.publicPort());
        }
        if (listener.proxyProtocol() != ProxyProtocolInput.OFF) {
            line(2, "PROXY protocol: " + listener.proxyProtocol());
        }
        switch (listener.traffic()) {
            case Traffic.Http _ -> {}
            case Traffic.Tls(_, PersistentMap<String, TlsSettings> tls, PersistentMap<String, TlsStreams> streams) -> {
                sorted(tls).forEach(this::tls);
                sorted(streams).forEach((name, stream) -> {
                    line(2, (stream.terminated() ? "streams \"" : "passthrough \"") + name + "\": # " + stream.section());
                    sorted(stream.routes()).forEach((host, route) -> stream(3, "\"" + host + "\": ", route));
                });
            }
            case Traffic.Tcp(String section, StreamRoute route) -> stream(2, "tcp of " + section + ": ", route);
            case Traffic.Udp(String section, StreamRoute route) -> stream(2, "udp of " + section + ": ", route);
        }
        sorted(listener.traffic().hosts()).forEach(this::host);
    }

    private void stream(int depth, String label, @Nullable StreamRoute route) {
        if (route == null) {
            line(depth, label + "closed");
            return;
        }
        line(depth, label + route.id() + " # " + route.origin());
        if (route.clusters().isEmpty()) {
            line(depth + 1, "closed");
        }
        route.clusters()
                .forEach(each -> line(depth + 1, "- " + each.cluster() + (each.weight() == 1 ? "" : " x" + each.weight())));
        StreamOptions options = route.options();
        if (!options.equals(StreamOptions.DEFAULT)) {
            line(depth + 1, "options: " + parts("idle",
                    options.idleTimeout() == null ? null : Durations.print(options.idleTimeout()), "connectAttempts",
                    options.connectAttempts(), "answers", options.answers(), "accessLog", options.accessLog() ? null : "off"));
        }
    }

    private void tls(String name, TlsSettings tls) {
        TlsSettings usual = new TlsSettings(tls.section(), tls.certificates());
        line(2, "tls \"" + name + "\": # " + tls.section());
        for (TlsCertificate certificate : tls.certificates()) {
            line(3, "certificate: " + certificate.secret() + switch (certificate) {
                case TlsCertificate.Pem pem -> pem.ocsp().isEmpty() ? "" : " with OCSP response";
                case TlsCertificate.Broken _ -> " (broken)";
            });
        }
        if (tls.oldest() != usual.oldest() || tls.newest() != usual.newest()) {
            line(3, "versions: " + tls.oldest() + " to " + tls.newest());
        }
        if (!tls.ciphers().isEmpty()) {
            line(3, "ciphers: " + String.join(" ", tls.ciphers()));
        }
        if (!tls.protocols().equals(usual.protocols())) {
            line(3, "protocols: " + tls.protocols());
        }
        if (!tls.clients().equals(ClientCertificates.NONE)) {
            line(3, "clients: " + tls.clients().mode() + (tls.clients().forward() ? " forwarded" : "") + ", "
                    + (tls.clients().authorities().split("BEGIN CERTIFICATE", -1).length - 1) + " CA certificates");
        }
    }

    private void host(String name, VirtualHost host) {
        if (!name.equals(host.host())) {
            throw new AssertionError(name);
        }
        line(2, "\"" + name + "\":" + " # " + host.section()
                + (host.onMiss() == VirtualHost.OnMiss.NEXT_HOST ? "" : " " + host.onMiss()));
        if (!host.paths().equals(PathRules.DEFAULT)) {
            line(3, "paths: " + host.paths());
        }
        filters(3, host.filters());
        List<Route> routes = new ArrayList<>(sorted(host.routes()).values());
        routes.sort((a, b) -> a.rank().compareTo(b.rank()));
        routes.forEach(this::route);
    }

    private void route(Route route) {
        line(3, route.id() + ": # " + route.origin());
        line(4, "match: " + match(route.match()));
        switch (route.action()) {
            case RouteAction.Forward(List<RouteAction.WeightedCluster> clusters, RouteAction.Rewrite rewrite, List<RouteAction.Mirror> mirrors) -> {
                line(4, "forward:" + (clusters.isEmpty() ? " []" : ""));
                for (RouteAction.WeightedCluster cluster : clusters) {
                    line(5, "- " + cluster.cluster() + (cluster.weight() == 1 ? "" : " x" + cluster.weight()));
                    filters(6, cluster.filters());
                }
                if (!rewrite.equals(RouteAction.Rewrite.NONE)) {
                    line(4, "rewrite: " + parts("host", rewrite.host(), "path", path(rewrite.path())));
                }
                for (RouteAction.Mirror mirror : mirrors) {
                    line(4, "mirror: " + mirror.cluster() + " " + mirror.numerator() + "/" + mirror.denominator());
                }
            }
            case RouteAction.Redirect r -> line(4, "redirect: " + r.status() + " "
                    + parts("scheme", r.scheme(), "host", r.host(), "port", r.port(), "path", path(r.path())));
            case RouteAction.Reply r -> line(4, "reply: " + r.status() + " " + r.reason());
        }
        filters(4, route.filters());
        RouteOptions o = route.options();
        if (!o.equals(RouteOptions.DEFAULT)) {
            String options = parts("request", o.requestTimeout() == null ? null : Durations.print(o.requestTimeout()), "attempt",
                    o.attemptTimeout() == null ? null : Durations.print(o.attemptTimeout()), "idle",
                    o.idleTimeout() == null ? null : Durations.print(o.idleTimeout()), "maxBody", o.maxBodyBytes(),
                    "accessLog", o.accessLog() ? null : "off");
            if (!options.isBlank()) {
                line(4, "options: " + options);
            }
            retry(o.retry());
        }
    }

    private void retry(RetryPolicy retry) {
        if (!retry.equals(RetryPolicy.DEFAULT)) {
            line(4, "retry: " + parts("attempts", retry.attempts(), "conditions", new TreeSet<>(retry.conditions()), "statuses",
                    new TreeSet<>(retry.statuses()), "backoff", Durations.print(retry.backoff()), "budget",
                    retry.budgetPercent() + "%", "hedging",
                    retry.hedgingDelay().isZero() ? null : Durations.print(retry.hedgingDelay())));
        }
    }

    private static @Nullable String path(RouteAction.@Nullable PathRewrite rewrite) {
        return switch (rewrite) {
            case null -> null;
            case RouteAction.PathRewrite.ReplaceFull(String value) -> value;
            case RouteAction.PathRewrite.ReplacePrefix(String value) -> "prefix " + value;
        };
    }

    private static String match(RouteMatch match) {
        StringBuilder text = new StringBuilder(switch (match.path()) {
            case PathMatch.Exact(String value) -> "= " + value;
            case PathMatch.Prefix(String value) -> value;
            case PathMatch.Regex(String value) -> "~ " + value;
        });
        if (match.method() != null) {
            text.append(" ").append(match.method());
        }
        if (match.oneLabel()) {
            text.append(" one label");
        }
        match.headers().forEach(h -> text.append(" header ").append(value(h)));
        match.queries().forEach(q -> text.append(" query ").append(value(q)));
        return text.toString();
    }

    private static String value(ValueMatch match) {
        return switch (match) {
            case ValueMatch.Exact(String name, String value) -> name + "=" + value;
            case ValueMatch.Regex(String name, String expression) -> name + "~" + expression;
            case ValueMatch.Present(String name) -> name;
            case ValueMatch.Cookie(String name, String value) -> "cookie " + name + "=" + value;
        };
    }

    private void filters(int depth, List<FilterSpec> filters) {
        for (FilterSpec f : filters) {
            line(depth, "filter: " + f.name() + " " + f.phase() + " " + f.priority() + " (" + f.scope() + ", " + f.origin() + ") "
                    + f.config());
        }
    }

    private static String endpoints(EndpointRef ref) {
        return switch (ref) {
            case EndpointRef.Named(String directory, String name) -> directory + " " + name;
            case EndpointRef.Dns(String host, int port) -> "dns " + host + ":" + port;
            case EndpointRef.Fixed(List<Endpoint> endpoints) ->
                "fixed " + endpoints.toString().replace(", priority=0, proxy=null]", "]"); // of what users write
            case EndpointRef.Proxied(EndpointRef proxy, List<Endpoint> targets) ->
                endpoints(new EndpointRef.Fixed(targets)) + " through " + endpoints(proxy);
            case EndpointRef.Subset(EndpointRef of, Map<String, String> labels, boolean orAll) ->
                endpoints(of) + " subset " + new TreeMap<>(labels) + (orAll ? " or all" : "");
            case EndpointRef.Tagged(EndpointRef of, String label, String tag) -> endpoints(of) + " tag " + label + "=" + tag;
            case EndpointRef.Zone(EndpointRef of, String zone, int percent) ->
                endpoints(of) + " prefers zone " + zone + " from " + percent + "%";
        };
    }

    private static String tls(UpstreamTls tls) {
        String verification = switch (tls.verification()) {
            case UpstreamTls.Verification.None _ -> "unverified";
            case UpstreamTls.Verification.Names(String authorities, List<String> names) -> names + " by "
                    + (authorities == null ? "system CAs" : authorities.split("BEGIN CERTIFICATE", -1).length - 1 + " CAs");
        };
        return tls.origin() + ", server name \"" + tls.serverName() + "\", " + verification
                + (tls.own() == null ? "" : ", shows " + tls.own().secret()) + ", alpn " + tls.alpn();
    }

    private void cluster(Cluster cluster) {
        ConnectionLimits limits = cluster.connections();
        ConnectionLimits usual = ConnectionLimits.DEFAULT;
        line(1, "\"" + cluster.name() + "\": # " + cluster.origin());
        line(2, endpoints(cluster.endpoints()));
        if (!cluster.protocol().equals("http1")) {
            line(2, "protocol: " + cluster.protocol() + " " + cluster.protocolConfig());
        }
        if (cluster.tls() != null) {
            line(2, "tls: " + tls(cluster.tls()));
        }
        if (cluster.balancing() != LoadBalancing.ROUND_ROBIN) {
            line(2, "balancing: " + cluster.balancing());
        }
        if (!cluster.slowStart().window().isZero()) {
            line(2, "slow start: " + Durations.print(cluster.slowStart().window()));
        }
        if (!limits.equals(usual)) {
            line(2, "connections: " + limits);
        }
        if (!cluster.outliers().equals(OutlierDetection.DEFAULT)) {
            line(2, "outliers: " + cluster.outliers());
        }
        if (cluster.proxyProtocol() != ProxyProtocolOutput.NONE) {
            line(2, "PROXY protocol: " + cluster.proxyProtocol());
        }
    }

    private void problem(Problem problem) {
        line(1, "- " + problem.severity() + " " + problem);
    }

    private void json(int depth, Json json) {
        switch (json) {
            case Json.Obj(Map<String, Json> members) when members.containsKey("reason") ->
                line(depth, "- " + condition(members));
            case Json.Obj(Map<String, Json> members) -> members.forEach((name, value) -> {
                if (value instanceof Json.Arr(List<Json> items) && !items.isEmpty()) {
                    line(depth, name + ":");
                    json(depth + 1, value);
                } else {
                    line(depth, name + ": " + value);
                }
            });
            case Json.Arr(List<Json> items) -> {
                for (Json item : items) {
                    if (item instanceof Json.Obj(Map<String, Json> members) && !members.containsKey("conditions")
                            && !members.containsKey("reason")) {
                        line(depth, "- " + item);
                    } else {
                        json(depth, item);
                    }
                }
            }
            case Json.Str _,Json.Num _,Json.Bool _,Json.Null _ -> line(depth, json.toString());
        }
    }

    private static String condition(Map<String, Json> c) {
        return text(c.get("type")) + " " + text(c.get("status")) + " " + text(c.get("reason")) + ": " + text(c.get("message"))
                + (c.containsKey("observedGeneration") ? " (generation " + c.get("observedGeneration") + ")" : "");
    }

    private static String text(@Nullable Json json) {
        return json instanceof Json.Str(String value) ? value : String.valueOf(json);
    }

    private static String parts(@Nullable Object... namesAndValues) {
        List<String> parts = new ArrayList<>();
        for (int i = 0; i < namesAndValues.length; i += 2) {
            if (namesAndValues[i + 1] != null) {
                parts.add(namesAndValues[i] + "=" + namesAndValues[i + 1]);
            }
        }
        return String.join(" ", parts);
    }
}
