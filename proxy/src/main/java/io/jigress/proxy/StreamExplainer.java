package io.jigress.proxy;

import io.jigress.api.Durations;
import io.jigress.api.Json;
import io.jigress.config.EndpointDirectory;
import io.jigress.config.GatewayConfig;
import io.jigress.config.Listener;
import io.jigress.config.PersistentMap;
import io.jigress.config.ProxyProtocolInput;
import io.jigress.config.StreamOptions;
import io.jigress.config.TlsSettings;
import io.jigress.config.Traffic;
import io.jigress.proxy.compile.CompiledRoute;
import io.jigress.proxy.compile.CompiledStream;
import io.jigress.proxy.compile.RuntimeCompiler;
import io.jigress.proxy.compile.StreamTable;
import io.jigress.proxy.tls.ServerNames;
import io.jigress.api.UpstreamProtocol;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// Explains where a TCP or TLS connection or a UDP session would go. The compiled routes are those that serve traffic.
public final class StreamExplainer {
    private static final String UDP = "udp";

    private StreamExplainer() {}

    /// Explains without a running gateway, as [Explainer] does.
    ///
    /// @param protocol `tcp`, `tls` or `udp`
    /// @param address that the client connects to; empty for any
    /// @param serverName in lower case; empty for none
    public static Json explain(List<UpstreamProtocol> protocols, EndpointDirectory directory, ProxySettings settings,
            GatewayConfig config, String protocol, String address, int port, String serverName) {
        return Explainer.compiled(List.of(), protocols, directory, settings, config,
                compiler -> explain(compiler, config, protocol, address, port, serverName));
    }

    static Json explain(RuntimeCompiler compiler, GatewayConfig config, String protocol, String address, int port,
            String serverName) {
        Json.Builder asked = Json.object().put("protocol", protocol)
                .put("address", (address.indexOf(':') >= 0 ? "[" + address + "]" : address) + ":" + port);
        if (!serverName.isEmpty()) {
            asked.put("sni", serverName);
        }
        Json.Builder out = Json.object().put("connection", asked.build());
        Listener on = listener(config, protocol.equals(UDP), address, port);
        if (on == null) {
            return out.put("outcome", "no_listener").put("why", "no listener has " + (protocol.equals(UDP) ? "UDP" : "TCP")
                    + " port " + port + (address.isEmpty() ? "" : " of " + address) + ports(config, protocol.equals(UDP)))
                    .build();
        }
        out.put("listener", on.name());
        proxyProtocol(on, out);
        StreamTable table = compiler.streams(on.name());
        return switch (on.traffic()) {
            case Traffic.Tcp tcp -> route(table.route(), protocol, out.put("section", tcp.section()));
            case Traffic.Udp udp -> route(table.route(), protocol, out.put("section", udp.section()));
            case Traffic.Http _ -> protocol.equals("tls")
                    ? closed(out, "the listener carries HTTP without TLS")
                    : out.put("outcome", "http")
                            .put("why", "`explain GET http://HOST:" + port + "/` shows the route of a request").build();
            case Traffic.Tls tls -> protocol.equals("tls")
                    ? tls(table, tls.tls(), serverName, port, out)
                    : closed(out, "the listener expects a TLS handshake: `explain tls` with --sni NAME shows where it goes");
        };
    }

    /// Whether connections begin with a header of the PROXY protocol.
    static void proxyProtocol(Listener on, Json.Builder out) {
        if (on.proxyProtocol() != ProxyProtocolInput.OFF && !(on.traffic() instanceof Traffic.Udp)) {
            out.put("proxyProtocol", on.proxyProtocol().name().toLowerCase(Locale.ROOT));
        }
    }

    private static Json tls(StreamTable table, PersistentMap<String, TlsSettings> terminated, String serverName, int port,
            Json.Builder out) {
        String pattern = ServerNames.mostSpecific(serverName,
                each -> table.sections().contains(each) || terminated.contains(each) ? each : null);
        if (pattern == null) {
            return closed(out, (serverName.isEmpty()
                    ? "no listener of the port is for connections without server name"
                    : "no listener of the port has the server name " + serverName)
                    + (table.sections().isEmpty() ? " (alert unrecognized_name)" : ""));
        }
        out.put("pattern", pattern);
        StreamTable.Section section = table.sections().get(pattern);
        TlsSettings settings = terminated.get(pattern);
        if (section == null) {
            return out.put("section", settings == null ? "" : settings.section()).put("tls", "terminated").put("outcome", "http")
                    .put("why", "`explain GET https://" + (serverName.isEmpty() ? "HOST" : serverName) + ":" + port
                            + "/` shows the route of a request")
                    .build();
        }
        out.put("section", section.name()).put("tls", section.terminated() ? "terminated" : "passed through");
        if (section.terminated() && (settings == null || settings.certificates().isEmpty())) {
            return closed(out, "the listener has no certificate that can be used (alert handshake_failure)");
        }
        CompiledStream route = ServerNames.mostSpecific(serverName, section.routes()::get);
        return route == null
                ? closed(out, "no route of the listener has " + (serverName.isEmpty()
                        ? "connections without server name"
                        : "the server name " + serverName))
                : route(route, "tls", out);
    }

    private static Json closed(Json.Builder out, String why) {
        return out.put("outcome", "closed").put("why", why).build();
    }

    private static Json route(@Nullable CompiledStream route, String protocol, Json.Builder out) {
        if (route == null) {
            return closed(out, "the listener has no route");
        }
        boolean udp = protocol.equals(UDP);
        List<Json> targets = new ArrayList<>();
        int weights = 0;
        for (CompiledRoute.Target target : route.targets()) {
            Json.Builder each = Json.object().put("cluster", target.cluster()).put("weight", target.weight());
            TargetExplanation.describe(target, udp ? "dropped" : "closed", udp ? "dropped" : "closed", each);
            targets.add(each.build());
            weights += target.weight();
        }
        Json described = Json.object().put("origin", route.origin()).put("options", options(route.options(), udp))
                .put("targets", Json.array(targets)).build();
        out.put("route", described);
        return weights > 0
                ? out.put("outcome", "forward").build()
                : closed(out, "the route has no backend with a weight above 0");
    }

    private static String options(StreamOptions options, boolean udp) {
        String idle = options.idleTimeout() == null
                ? "idle timeout of the settings"
                : options.idleTimeout().isZero() ? "no idle timeout" : "idle timeout " + Durations.print(options.idleTimeout());
        String own = udp
                ? options.answers() == 0
                        ? "any number of answers"
                        : "ends after " + options.answers() + (options.answers() == 1 ? " answer" : " answers")
                : "tried on up to " + options.connectAttempts() + " endpoints";
        return idle + ", " + own + (options.accessLog() ? "" : ", not logged");
    }

    /// The listener of a port; of several addresses the one that is asked for, else the first by name.
    private static @Nullable Listener listener(GatewayConfig config, boolean udp, String address, int port) {
        return listeners(config, udp).stream().filter(each -> publicPort(each) == port || each.port() == port)
                .filter(each -> address.isEmpty() || isAny(each.address()) || each.address().equals(address))
                .min(Comparator.comparing((Listener each) -> !each.address().equals(address)).thenComparing(Listener::name))
                .orElse(null);
    }

    private static boolean isAny(String address) {
        return address.isEmpty() || address.equals("0.0.0.0") || address.equals("::");
    }

    private static List<Listener> listeners(GatewayConfig config, boolean udp) {
        List<Listener> all = new ArrayList<>();
        config.listeners().forEach((_, listener) -> {
            if (listener.traffic() instanceof Traffic.Udp == udp) {
                all.add(listener);
            }
        });
        return all;
    }

    private static int publicPort(Listener listener) {
        return listener.publicPort() == 0 ? listener.port() : listener.publicPort();
    }

    private static String ports(GatewayConfig config, boolean udp) {
        List<String> ports = listeners(config, udp).stream().map(StreamExplainer::publicPort).sorted().distinct()
                .map(String::valueOf).toList();
        return ports.isEmpty() ? "" : "; there are " + String.join(", ", ports);
    }
}
