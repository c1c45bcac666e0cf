package io.jigress.control.kinds;

import io.jigress.api.IpLiteral;
import io.jigress.api.JsonReader;
import io.jigress.config.Endpoint;
import io.jigress.config.EndpointRef;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// `spec.proxy` of a Backend: the HTTP proxy through which connections to its endpoints are opened.
///
/// ```yaml
/// proxy: {host: proxy.example, port: 3128}   # a name or an IP address
/// ```
final class BackendProxy {
    private BackendProxy() {}

    /// The endpoints through the proxy, which resolves the name of `dns`; the same endpoints without one. What is wrong is reported as an error.
    static @Nullable EndpointRef apply(Document document, JsonReader spec, String protocol, @Nullable EndpointRef direct) {
        if (!spec.has("proxy")) {
            return direct;
        }
        int mark = document.mark();
        if (spec.has("service")) {
            spec.error("proxy", "cannot be combined with service, whose instances are connected to directly",
                    "endpoints or dns");
        }
        if (protocol.equals("udp")) {
            spec.error("proxy", "cannot be used with protocol: udp", "no proxy");
        }
        JsonReader proxy = spec.object("proxy");
        EndpointRef where = where(proxy, "host", "port");
        proxy.finishStrictly("the Backend is not used");
        return document.failedSince(mark) || where == null || direct == null ? null : through(where, direct);
    }

    /// Reads where a proxy is; null when a field is missing or invalid, which is reported as an error.
    static @Nullable EndpointRef where(JsonReader proxy, String hostField, String portField) {
        String host = proxy.requiredText(hostField);
        int port = (int) proxy.requiredInteger(portField, 1, 65535);
        boolean address = IpLiteral.parse(host) != null;
        String name = HostPattern.parse(host);
        boolean named = name != null && !name.startsWith("*");
        if (!host.isEmpty() && !address && !named) {
            proxy.error(hostField, "is \"" + host + "\"", "a DNS name or an IP address, without scheme and port");
        }
        if (port < 1 || !address && !named) {
            return null;
        }
        return address ? new EndpointRef.Fixed(List.of(Endpoint.of(host, port))) : new EndpointRef.Dns(host, port);
    }

    /// @param direct a fixed list or a DNS name
    static EndpointRef through(EndpointRef proxy, EndpointRef direct) {
        return switch (direct) {
            case EndpointRef.Fixed(List<Endpoint> endpoints) -> new EndpointRef.Proxied(proxy, endpoints);
            case EndpointRef.Dns(String host, int port) -> new EndpointRef.Proxied(proxy, List.of(Endpoint.of(host, port)));
            case EndpointRef.Named _,EndpointRef.Subset _,EndpointRef.Tagged _,EndpointRef.Zone _,EndpointRef.Proxied _ ->
                throw new IllegalArgumentException("a proxy in front of " + direct + " (expected: a fixed list or a DNS name)");
        };
    }
}
