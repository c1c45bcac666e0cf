package io.jigress.control.kinds;

import io.jigress.api.IpLiteral;
import io.jigress.api.JsonReader;
import io.jigress.api.NearestName;
import io.jigress.config.Endpoint;
import io.jigress.config.EndpointRef;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// An entry of a McpBridge that is no registry: of type `static` or `dns`.
///
/// @param protocol that its endpoints speak
/// @param serverName for TLS; empty for none
/// @param connectTimeout of the proxy; null without one
public record BridgeUpstream(EndpointRef endpoints, Protocol protocol, String serverName, @Nullable Duration connectTimeout) {

    /// @param http2 with prior knowledge, or over TLS by ALPN
    public record Protocol(boolean http2, boolean tls) {}

    /// As Higress names them. For requests, `tcp` is `http`.
    private static final Map<String, Protocol> PROTOCOLS = Map.of("http", new Protocol(false, false), "tcp",
            new Protocol(false, false), "https",
            new Protocol(false, true), "http2", new Protocol(true, false), "grpc", new Protocol(true, false), "grpcs",
            new Protocol(true, true));
    private static final List<String> NAMES = List.of("http", "https", "http2", "grpc", "grpcs", "tcp");
    private static final String UNUSED = ", so that the entry is left out";
    /// In milliseconds.
    private static final int CONNECT_TIMEOUT = 1200;
    private static final int MAX_CONNECT_TIMEOUT = 3_600_000;

    /// An item of `spec.proxies`.
    ///
    /// @param where null when the item has an error
    record Proxy(@Nullable EndpointRef where, Duration connectTimeout) {}

    /// Reads `spec.proxies`, by their names.
    static Map<String, Proxy> proxies(Document document, JsonReader spec) {
        Map<String, Proxy> proxies = new HashMap<>();
        for (JsonReader item : spec.objects("proxies")) {
            int mark = document.mark();
            String type = item.requiredText("type");
            if (!type.isEmpty() && !type.equalsIgnoreCase("HTTP")) {
                item.error("type", "is \"" + type + "\"", "HTTP");
            }
            String name = item.requiredText("name");
            EndpointRef where = BackendProxy.where(item, "serverAddress", "serverPort");
            long millis = item.integer("connectTimeout", CONNECT_TIMEOUT, 0, MAX_CONNECT_TIMEOUT);
            // Of a listener of Envoy, which leads to the proxy.
            item.ignore("listenerPort");
            item.finish();
            if (!name.isEmpty() && proxies.containsKey(name)) {
                item.error("name", "is \"" + name + "\", as another proxy is named", "another name");
            } else {
                proxies.put(name, new Proxy(document.failedSince(mark) ? null : where,
                        Duration.ofMillis(millis == 0 ? CONNECT_TIMEOUT : millis)));
            }
        }
        return proxies;
    }

    /// Null when a field is missing or invalid, which is reported as an error.
    static @Nullable BridgeUpstream fixed(Document document, JsonReader item, String domain, Map<String, Proxy> proxies) {
        return read(document, item, addresses(item, domain), "", proxies);
    }

    /// @param port 0 when the entry names none
    static @Nullable BridgeUpstream dns(Document document, JsonReader item, String domain, int port, Map<String, Proxy> proxies) {
        EndpointRef.Dns name = name(document, item, domain, port);
        return read(document, item, name, name == null ? "" : name.host(), proxies);
    }

    private static @Nullable BridgeUpstream read(Document document, JsonReader item, @Nullable EndpointRef direct, String host,
            Map<String, Proxy> proxies) {
        int mark = document.mark();
        String spoken = item.text("protocol", "http").toLowerCase(Locale.ROOT);
        Protocol protocol = PROTOCOLS.get(spoken);
        if (protocol == null) {
            item.error("protocol", "is \"" + spoken + "\", which is not supported" + UNUSED, String.join(", ", NAMES));
        }
        String serverName = item.text("sni", host);
        if (!serverName.isEmpty() && protocol != null && protocol.tls()
                && (HostPattern.parse(serverName) == null || serverName.startsWith("*"))) {
            item.error("sni", "is \"" + serverName + "\"" + UNUSED, "a DNS name");
        }
        String name = item.text("proxyName", "");
        Proxy proxy = proxies.get(name);
        if (!name.isEmpty() && proxy == null) {
            item.error("proxyName",
                    "is \"" + name + "\", which no proxy is named" + UNUSED + NearestName.hint(name, proxies.keySet()),
                    "the name of one of spec.proxies");
        } else if (proxy != null && !name.isEmpty() && proxy.where == null) {
            item.error("proxyName", "is \"" + name + "\", and that proxy is not valid" + UNUSED, "a valid proxy");
        }
        if (direct == null || protocol == null || document.failedSince(mark)) {
            return null;
        }
        return proxy == null || proxy.where == null
                ? new BridgeUpstream(direct, protocol, serverName, null)
                : new BridgeUpstream(BackendProxy.through(proxy.where, direct), protocol, serverName, proxy.connectTimeout);
    }

    private static EndpointRef.@Nullable Fixed addresses(JsonReader item, String domain) {
        if (domain.isEmpty()) {
            return null;
        }
        List<Endpoint> endpoints = new ArrayList<>();
        for (String text : domain.split(",")) {
            String address = text.strip();
            int colon = address.lastIndexOf(':');
            String host = address.substring(0, Math.max(0, colon)).replaceAll("^\\[|\\]$", "");
            String port = address.substring(colon + 1);
            if (IpLiteral.parse(host) == null || !port.matches("\\d{1,5}") || Integer.parseInt(port) < 1
                    || Integer.parseInt(port) > 65_535) {
                item.error("domain", "holds \"" + address + "\"", "addresses such as 10.0.0.1:8080, separated by commas");
                return null;
            }
            endpoints.add(Endpoint.of(host, Integer.parseInt(port)));
        }
        return new EndpointRef.Fixed(endpoints);
    }

    private static EndpointRef.@Nullable Dns name(Document document, JsonReader item, String domain, int port) {
        List<String> hosts = List.of(domain.split(","));
        int mark = document.mark();
        if (port == 0) {
            item.error("port", "is missing", "a whole number from 1 to 65535");
        }
        String host = hosts.getFirst().strip();
        if (!host.matches("[A-Za-z0-9_-]{1,63}(\\.[A-Za-z0-9_-]{1,63})*")) {
            item.error("domain", "is \"" + domain + "\"", "a DNS name without a port");
        }
        if (hosts.size() > 1) {
            item.warning("domain", "names " + hosts.size() + " hosts, of which only the first is used", "one host");
        }
        return document.failedSince(mark) ? null : new EndpointRef.Dns(host, port);
    }
}
