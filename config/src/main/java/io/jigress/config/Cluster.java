package io.jigress.config;

import io.jigress.api.Json;
import org.jspecify.annotations.Nullable;

/// A set of endpoints, and the protocol and settings of connections to them.
///
/// @param name unique
/// @param origin the object it came from, as `explain` shows it (`Service default/cart:80`)
/// @param protocol the name of an upstream protocol: `http1`, `h2c`
/// @param protocolConfig the protocol's own configuration; `{}` for the defaults
/// @param outliers when an endpoint is ejected for a while
/// @param tls how connections are encrypted; null when they are not. When ALPN selects another protocol than `protocol`, that one is used
public record Cluster(String name, String origin, String protocol, Json protocolConfig, EndpointRef endpoints,
        LoadBalancing balancing, ConnectionLimits connections, OutlierDetection outliers, @Nullable UpstreamTls tls) {

    /// Without TLS.
    public Cluster(String name, String origin, String protocol, Json protocolConfig, EndpointRef endpoints,
            LoadBalancing balancing, ConnectionLimits connections, OutlierDetection outliers) {
        this(name, origin, protocol, protocolConfig, endpoints, balancing, connections, outliers, null);
    }

    /// Without TLS, with the default outlier detection.
    public Cluster(String name, String origin, String protocol, Json protocolConfig, EndpointRef endpoints,
            LoadBalancing balancing,
            ConnectionLimits connections) {
        this(name, origin, protocol, protocolConfig, endpoints, balancing, connections, OutlierDetection.DEFAULT, null);
    }

    /// The same with these TLS settings; null for no TLS.
    public Cluster with(@Nullable UpstreamTls tls) {
        return new Cluster(name, origin, protocol, protocolConfig, endpoints, balancing, connections, outliers, tls);
    }
}
