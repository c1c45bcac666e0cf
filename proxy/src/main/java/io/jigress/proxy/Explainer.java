package io.jigress.proxy;

import io.jigress.api.FilterFactory;
import io.jigress.api.Json;
import io.jigress.api.UpstreamProtocol;
import io.jigress.config.EndpointDirectory;
import io.jigress.config.FilterSpec;
import io.jigress.config.GatewayConfig;
import io.jigress.config.Listener;
import io.jigress.config.RouteAction;
import io.jigress.config.RouteRank;
import io.jigress.proxy.compile.CompiledHost;
import io.jigress.proxy.compile.CompiledRoute;
import io.jigress.proxy.compile.DeferredUpdate;
import io.jigress.proxy.compile.FilterServices;
import io.jigress.proxy.compile.RuntimeCompiler;
import io.jigress.proxy.exchange.Frontend;
import io.jigress.proxy.exchange.Rewrites;
import io.jigress.proxy.http.PathFault;
import io.jigress.proxy.http1.HeadPool;
import io.jigress.proxy.http1.HeadPools;
import io.jigress.proxy.http1.HeadState;
import io.jigress.proxy.http1.Http1RequestHead;
import io.jigress.proxy.listen.Transport;
import io.jigress.proxy.loop.Loop;
import io.jigress.proxy.route.HostRoutes;
import io.jigress.proxy.route.MatchScratch;
import io.jigress.proxy.route.RouteRecorder;
import io.jigress.proxy.route.RouteTable;
import io.jigress.proxy.tls.TlsEngine;
import io.jigress.proxy.upstream.Upstreams;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// Explains how a request would be routed. The codec, the matching and the compiled routes are those that serve traffic, with a recorder
/// attached.
public final class Explainer {
    private Explainer() {}

    /// Explains without a running gateway: compiles the configuration as a gateway does, and opens no port.
    public static Json explain(List<FilterFactory<?>> filters, List<UpstreamProtocol> protocols, EndpointDirectory directory,
            ProxySettings settings, GatewayConfig config,
            String listener, String method, String scheme, String authority, String target,
            List<Map.Entry<String, String>> headers) {
        return compiled(filters, protocols, directory, settings, config, compiler -> explain(compiler, config, settings, listener,
                method, scheme, authority, target, headers));
    }

    /// Compiles a configuration as a gateway does, without opening a port, and explains by it.
    static Json compiled(List<FilterFactory<?>> filters, List<UpstreamProtocol> protocols, EndpointDirectory directory,
            ProxySettings settings, GatewayConfig config, Function<RuntimeCompiler, Json> explanation) {
        Transport transport = Transport.choose("nio");
        MultiThreadIoEventLoopGroup group = new MultiThreadIoEventLoopGroup(1, transport.handlers());
        try {
            Upstreams upstreams = new Upstreams(directory,
                    Gateway.dns((io.netty.channel.EventLoop) group.next(), transport, settings),
                    Gateway.withOwn(protocols, settings, new HeadPools(0)), TlsEngine.choose(settings.tlsEngine()));
            RuntimeCompiler compiler = new RuntimeCompiler(filters, upstreams, new Loop[0],
                    Gateway.routeDefaults(settings), settings.warmTimeout(), FilterServices.NONE, DeferredUpdate.NEVER,
                    System::nanoTime);
            try {
                compiler.apply(config);
                compiler.waitNoMore();
                return explanation.apply(compiler);
            } finally {
                compiler.close();
            }
        } finally {
            group.shutdownGracefully(0, 1, java.util.concurrent.TimeUnit.SECONDS);
        }
    }

    static Json explain(RuntimeCompiler compiler, GatewayConfig config, ProxySettings settings, String listener, String method,
            String scheme,
            String authority, String target, List<Map.Entry<String, String>> headers) {
        Json.Builder request = Json.object().put("method", method).put("url", scheme + "://" + authority + target);
        Json.Builder out = Json.object();
        Listener on = listener.isEmpty() ? listenerFor(config, scheme, authority) : config.listeners().get(listener);
        if (on == null) {
            return out.put("request", request.build()).put("outcome", "no_listener")
                    .put("why", "no listener takes HTTP" + (listener.isEmpty() ? "" : " under the name " + listener))
                    .build();
        }
        out.put("listener", on.name());
        StreamExplainer.proxyProtocol(on, out);
        Http1RequestHead head = new HeadPool().request(settings.clients().heads(), scheme);
        ByteBuf bytes = Unpooled.copiedBuffer(text(method, authority, target, headers), StandardCharsets.ISO_8859_1);
        if (head.append(bytes) != HeadState.COMPLETE) {
            return out.put("request", request.build()).put("outcome", "bad_request").put("why", fault(head)).build();
        }
        RouteTable<CompiledHost, CompiledRoute> table = compiler.table(on.name());
        PathFault refused = Frontend.normalisePath(head, table);
        if (refused != null) {
            return out.put("request", request.build()).put("outcome", "bad_request")
                    .put("why", refused.reason()).build();
        }
        out.put("request", request.put("path", head.path()).build());
        MatchScratch<CompiledHost, CompiledRoute> scratch = new MatchScratch<>();
        RouteRecorder<CompiledRoute> recorder = new RouteRecorder<>();
        scratch.recorder(recorder);
        CompiledRoute route = table.match(head.bytes(), head.ranges().hostFrom(), head.ranges().hostTo(),
                head.bytes(), head.ranges().pathFrom(), head.ranges().pathTo(),
                head, scratch);
        List<Json> hosts = new ArrayList<>();
        List<Json> candidates = new ArrayList<>();
        for (RouteRecorder.Step<CompiledRoute> step : recorder.steps()) {
            switch (step) {
                case RouteRecorder.HostTried<CompiledRoute>(String pattern, RouteRecorder.Outcome outcome) -> hosts
                        .add(Json.object().put("host", pattern).put("outcome", outcome.name().toLowerCase(Locale.ROOT))
                                .build());
                case RouteRecorder.Candidate<CompiledRoute> candidate -> candidates
                        .add(candidate(candidate, recorder));
            }
        }
        out.put("hosts", Json.array(hosts)).put("candidates", Json.array(candidates));
        String stream = stream(compiler, on, table.mostSpecific(head.bytes(), head.ranges().hostFrom(), head.ranges().hostTo()));
        if (stream != null) {
            return out.put("outcome", "misdirected").put("status", 421)
                    .put("why", "the host is that of " + stream + ", which carries no HTTP: `explain tls` shows where it goes")
                    .build();
        }
        if (route == null) {
            HostRoutes<CompiledHost, CompiledRoute> host = scratch.host();
            boolean known = host != null;
            CompiledRoute miss = host == null ? null : host.attachment().notFound();
            return out.put("outcome", "no_route").put("status", 404)
                    .put("why", known ? "no route of the host fits" : "no host fits")
                    .put("filters", Json.array(miss == null ? List.of() : filters(miss.filters().specs()))).build();
        }
        return out.put("outcome", outcome(route)).put("route", winner(route, head)).build();
    }

    /// The section without HTTP that a host belongs to; null for none.
    private static @Nullable String stream(RuntimeCompiler compiler, Listener on,
            @Nullable HostRoutes<CompiledHost, CompiledRoute> nearest) {
        String section = nearest == null ? "" : nearest.attachment().source().section();
        boolean[] found = {false};
        compiler.streams(on.name()).sections().forEach((_, each) -> found[0] |= each.name().equals(section));
        return found[0] ? section : null;
    }

    private static String fault(Http1RequestHead head) {
        try {
            return head.fault().reason();
        } catch (IllegalStateException _) {
            return "the request is not complete";
        }
    }

    /// The listener of the URL's port, of several one that has the host of the URL; else the first by name.
    private static @Nullable Listener listenerFor(GatewayConfig config, String scheme, String authority) {
        int colon = authority.lastIndexOf(':');
        String port = colon > authority.lastIndexOf(']') ? authority.substring(colon + 1) : scheme.equals("https") ? "443" : "80";
        List<Listener> all = new ArrayList<>();
        config.listeners().forEach((_, listener) -> all.add(listener));
        String host = (colon > authority.lastIndexOf(']') ? authority.substring(0, colon) : authority).toLowerCase(Locale.ROOT);
        all.sort(Comparator.comparing(
                (Listener each) -> !Integer.toString(each.publicPort() == 0 ? each.port() : each.publicPort()).equals(port))
                .thenComparing(each -> !serves(each, host)).thenComparing(Listener::name));
        return all.isEmpty() ? null : all.getFirst();
    }

    /// Whether a listener has routes of a host.
    private static boolean serves(Listener listener, String host) {
        List<String> patterns = new ArrayList<>(List.of(host, "*"));
        for (int dot = host.indexOf('.'); dot >= 0; dot = host.indexOf('.', dot + 1)) {
            patterns.add("*" + host.substring(dot));
        }
        return patterns.stream().map(pattern -> listener.traffic().hosts().get(pattern))
                .anyMatch(found -> found != null && !found.routes().isEmpty());
    }

    private static String text(String method, String authority, String target, List<Map.Entry<String, String>> headers) {
        StringBuilder out = new StringBuilder(method).append(' ').append(target).append(" HTTP/1.1\r\n");
        boolean host = headers.stream().anyMatch(field -> field.getKey().equalsIgnoreCase("host"));
        if (!host) {
            out.append("host: ").append(authority).append("\r\n");
        }
        headers.forEach(field -> out.append(field.getKey()).append(": ").append(field.getValue()).append("\r\n"));
        return out.append("\r\n").toString();
    }

    private static Json candidate(RouteRecorder.Candidate<CompiledRoute> candidate, RouteRecorder<CompiledRoute> recorder) {
        String verdict = switch (candidate.verdict()) {
            case RouteRecorder.Won _ -> "won";
            case RouteRecorder.Outranked _ -> "outranked";
            case RouteRecorder.Lost _ -> "lost";
        };
        Json.Builder out = Json.object().put("route", candidate.id()).put("origin", candidate.route().route().origin())
                .put("host", candidate.host())
                .put("rank", rank(candidate.rank())).put("verdict", verdict);
        switch (candidate.verdict()) {
            case RouteRecorder.Won _ -> {}
            case RouteRecorder.Outranked(String by) -> out.put("why", "fits too, but comes after " + name(by, recorder));
            case RouteRecorder.Lost(String reason) -> out.put("why", reason);
        }
        return out.build();
    }

    /// The name of the route in logs and metrics.
    private static String name(String id, RouteRecorder<CompiledRoute> recorder) {
        for (RouteRecorder.Step<CompiledRoute> step : recorder.steps()) {
            if (step instanceof RouteRecorder.Candidate<CompiledRoute> other && other.id().equals(id)) {
                return other.route().route().origin();
            }
        }
        return id;
    }

    private static String rank(RouteRank rank) {
        return rank.kind().name().toLowerCase(Locale.ROOT) + " path of " + count(rank.pathLength(), "character")
                + (rank.method() ? ", method" : "")
                + (rank.headers() > 0 ? ", " + count(rank.headers(), "header") : "")
                + (rank.queries() > 0 ? ", " + count(rank.queries(), "query parameter") : "");
    }

    private static String count(int number, String what) {
        return number + " " + what + (number == 1 ? "" : "s");
    }

    private static String outcome(CompiledRoute route) {
        return switch (route.route().action()) {
            case RouteAction.Forward _ -> "forward";
            case RouteAction.Redirect _ -> "redirect";
            case RouteAction.Reply _ -> "reply";
        };
    }

    private static Json winner(CompiledRoute route, Http1RequestHead head) {
        String path = head.path();
        Rewrites.apply(route, head);
        String rewritten = head.path().equals(path) ? "" : head.path();
        Json.Builder out = Json.object().put("id", route.route().id()).put("origin", route.route().origin())
                .put("filters", Json.array(filters(route.filters().specs())));
        switch (route.route().action()) {
            case RouteAction.Forward forward -> {
                List<Json> targets = new ArrayList<>();
                for (int i = 0; i < forward.clusters().size(); i++) {
                    targets.add(target(route.targets()[i], route, rewritten));
                }
                out.put("targets", Json.array(targets));
                if (!forward.mirrors().isEmpty()) {
                    out.put("mirrors", Json.array(forward.mirrors().stream()
                            .map(mirror -> (Json) Json.object().put("cluster", mirror.cluster())
                                    .put("share", mirror.numerator() + "/" + mirror.denominator()).build())
                            .toList()));
                }
            }
            case RouteAction.Redirect redirect -> out.put("status", redirect.status());
            case RouteAction.Reply reply -> out.put("status", reply.status()).put("reason", reply.reason());
        }
        return out.build();
    }

    /// @param rewritten the path of the request to the upstream; empty when it is the client's
    private static Json target(CompiledRoute.Target target, CompiledRoute route, String rewritten) {
        Json.Builder out = Json.object().put("cluster", target.cluster()).put("weight", target.weight());
        if (target.filters() != route.filters()) {
            out.put("filters", Json.array(filters(target.filters().specs())));
        }
        if (!rewritten.isEmpty() && target.upstream() != null) {
            out.put("path", rewritten);
        }
        TargetExplanation.describe(target, "answered with 500", "answered with 503", out);
        return out.build();
    }

    private static List<Json> filters(List<FilterSpec> specs) {
        List<Json> out = new ArrayList<>();
        for (FilterSpec spec : specs) {
            out.add(Json.object().put("name", spec.name()).put("phase", spec.phase().name()).put("priority", spec.priority())
                    .put("origin", spec.origin()).build());
        }
        return out;
    }
}
