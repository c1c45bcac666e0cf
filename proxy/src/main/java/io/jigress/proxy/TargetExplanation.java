package io.jigress.proxy;

import io.jigress.api.Json;
import io.jigress.config.Endpoint;
import io.jigress.config.EndpointRef;
import io.jigress.config.ProxyProtocolOutput;
import io.jigress.config.UpstreamTls;
import io.jigress.proxy.compile.CompiledRoute;
import io.jigress.proxy.upstream.Upstream;
import io.jigress.proxy.upstream.UpstreamEndpoint;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/// Describes a backend of a route: its cluster and its endpoints.
final class TargetExplanation {
    private TargetExplanation() {}

    /// The members about the cluster.
    ///
    /// @param unresolved what happens to the share of a reference that cannot be resolved
    /// @param unavailable what happens while there is no endpoint
    static void describe(CompiledRoute.Target target, String unresolved, String unavailable, Json.Builder out) {
        Upstream upstream = target.upstream();
        if (upstream == null) {
            out.put("why", "the reference cannot be resolved: its share is " + unresolved);
            return;
        }
        List<Json> endpoints = new ArrayList<>();
        long now = System.nanoTime();
        Instant wall = Instant.now();
        for (UpstreamEndpoint endpoint : upstream.endpoints().entries()) {
            Json.Builder described = Json.object().put("address", endpoint.text()).put("weight", endpoint.endpoint().weight());
            if (endpoint.endpoint().priority() > 0) {
                described.put("priority", endpoint.endpoint().priority());
            }
            endpoints.add(upstream.health(endpoint, now, wall).describe(described).build());
        }
        out.put("origin", upstream.cluster().origin()).put("protocol", upstream.cluster().protocol())
                .put("balancing", upstream.cluster().balancing().name().toLowerCase(Locale.ROOT))
                .put("endpoints", Json.array(endpoints));
        if (upstream.cluster().tls() != null) {
            out.put("tls", tls(upstream.cluster().tls()));
        }
        if (upstream.cluster().proxyProtocol() != ProxyProtocolOutput.NONE) {
            out.put("proxyProtocol", upstream.cluster().proxyProtocol().name().toLowerCase(Locale.ROOT));
        }
        if (!upstream.cluster().protocolConfig().equals(Json.Obj.EMPTY)) {
            out.put("config", upstream.cluster().protocolConfig());
        }
        if (upstream.cluster().endpoints().whole() instanceof EndpointRef.Named named) {
            out.put("directory", named.directory()).put("name", named.name());
        }
        EndpointRef from = upstream.cluster().endpoints();
        if (from instanceof EndpointRef.Tagged(EndpointRef of, String label, String tag)) {
            out.put("tag", Json.object().put("label", label).put("value", tag).build());
            from = of;
        }
        if (from instanceof EndpointRef.Zone(EndpointRef of, String zone, int percent)) {
            out.put("zone", Json.object().put("prefers", zone).put("minPercent", percent).build());
            from = of;
        }
        if (from instanceof EndpointRef.Subset(EndpointRef _, Map<String, String> labels, boolean _)) {
            Json.Builder subset = Json.object();
            new TreeMap<>(labels).forEach(subset::put);
            out.put("subset", subset.build());
        }
        if (upstream.cluster().endpoints().whole() instanceof EndpointRef.Proxied proxied) {
            out.put("proxy", proxy(proxied.proxy()));
        }
        if (endpoints.isEmpty()) {
            out.put("why", why(upstream, unavailable));
        }
    }

    /// `{origin, serverName, verified, names, authorities, certificate, alpn}`, without what is not used.
    private static Json tls(UpstreamTls tls) {
        Json.Builder out = Json.object().put("origin", tls.origin());
        if (!tls.serverName().isEmpty()) {
            out.put("serverName", tls.serverName());
        }
        switch (tls.verification()) {
            case UpstreamTls.Verification.None _ -> out.put("verified", false);
            case UpstreamTls.Verification.Names(String authorities, List<String> names) -> out.put("verified", true)
                    .put("names", texts(names)).put("authorities", authorities == null ? "system" : "own");
        }
        if (tls.own() != null) {
            out.put("certificate", tls.own().secret());
        }
        return tls.alpn().isEmpty() ? out.build() : out.put("alpn", texts(tls.alpn())).build();
    }

    /// Where an HTTP proxy is, as it is configured.
    private static String proxy(EndpointRef proxy) {
        return switch (proxy) {
            case EndpointRef.Dns(String host, int port) -> host + ":" + port;
            case EndpointRef.Fixed(List<Endpoint> addresses) -> addresses.stream()
                    .map(one -> (one.address().indexOf(':') < 0 ? one.address() : "[" + one.address() + "]") + ":" + one.port())
                    .collect(Collectors.joining(", "));
            case EndpointRef.Named _,EndpointRef.Subset _,EndpointRef.Tagged _,EndpointRef.Zone _,EndpointRef.Proxied _ -> "";
        };
    }

    private static Json texts(List<String> texts) {
        return Json.array(texts.stream().map(text -> (Json) new Json.Str(text)).toList());
    }

    private static String why(Upstream upstream, String unavailable) {
        return switch (upstream.cluster().endpoints().whole()) {
            case EndpointRef.Dns dns -> "no address of " + dns.host() + " is known: " + unavailable + " unless DNS gives one";
            case EndpointRef.Named named when !upstream.endpoints().known() ->
                "nothing is known of " + named.name() + " in " + named.directory() + ": " + unavailable;
            case EndpointRef.Proxied(EndpointRef.Dns dns, List<Endpoint> _) ->
                "no address of the proxy " + dns.host() + " is known: " + unavailable + " unless DNS gives one";
            case EndpointRef.Named _,EndpointRef.Fixed _,EndpointRef.Subset _,EndpointRef.Tagged _,EndpointRef.Zone _,EndpointRef.Proxied _ ->
                "no endpoint: " + unavailable;
        };
    }
}
