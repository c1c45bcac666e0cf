package io.jigress.config;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/// @param address an IP literal; where there is a `proxy`, also a host name, which the proxy resolves
/// @param weight 0 to 65,535; 0 takes no new requests
/// @param zone empty when not known
/// @param priority 0 for those that get the requests; those of a higher number take their place while all before are ejected, and get retries
/// @param proxy the HTTP proxy through which connections are opened; null for direct connections
public record Endpoint(String address, int port, int weight, String zone, Map<String, String> labels, int priority,
        @Nullable ForwardProxy proxy) {

    /// An HTTP proxy that opens connections by CONNECT.
    ///
    /// @param address an IP literal
    public record ForwardProxy(String address, int port) {}

    public Endpoint {
        labels = Map.copyOf(labels);
    }

    /// An endpoint of priority 0.
    public Endpoint(String address, int port, int weight, String zone, Map<String, String> labels) {
        this(address, port, weight, zone, labels, 0, null);
    }

    public static Endpoint of(String address, int port) {
        return new Endpoint(address, port, 1, "", Map.of());
    }

    /// The same with another priority.
    public Endpoint after(int priority) {
        return new Endpoint(address, port, weight, zone, labels, priority, proxy);
    }

    /// The same through a proxy.
    public Endpoint through(ForwardProxy proxy) {
        return new Endpoint(address, port, weight, zone, labels, priority, proxy);
    }
}
