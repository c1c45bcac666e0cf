package io.jigress.config;

import io.jigress.api.Json;
import org.jspecify.annotations.Nullable;

/// A set of endpoints, and the protocol and settings of connections to them.
///
/// @param name unique
/// @param origin the object it came from, as `explain` shows it (`Service default/cart:80`)
/// @param protocol the name of an upstream protocol: `http1`, `h2c`, `tcp`, `udp`
/// @param protocolConfig the protocol's own configuration; `{}` for the defaults
/// @param outliers when an endpoint is ejected for a while
/// @param tls how connections are encrypted; null when they are not. When ALPN selects another protocol than `protocol`, that one is used
/// @param proxyProtocol whether connections begin with a header of the PROXY protocol; for protocol `tcp` only
/// @param slowStart whether new endpoints get fewer requests at first
public record Cluster(String name, String origin, String protocol, Json protocolConfig, EndpointRef endpoints,
        LoadBalancing balancing, ConnectionLimits connections, OutlierDetection outliers, @Nullable UpstreamTls tls,
        ProxyProtocolOutput proxyProtocol, SlowStart slowStart) {

    /// Without slow start.
    public Cluster(String name, String origin, String protocol, Json protocolConfig, EndpointRef endpoints,
            LoadBalancing balancing, ConnectionLimits connections, OutlierDetection outliers, @Nullable UpstreamTls tls,
            ProxyProtocolOutput proxyProtocol) {
        this(name, origin, protocol, protocolConfig, endpoints, balancing, connections, outliers, tls, proxyProtocol,
                SlowStart.NONE);
    }

    /// Without the PROXY protocol.
    public Cluster(String name, String origin, String protocol, Json protocolConfig, EndpointRef endpoints,
            LoadBalancing balancing, ConnectionLimits connections, OutlierDetection outliers, @Nullable UpstreamTls tls) {
        this(name, origin, protocol, protocolConfig, endpoints, balancing, connections, outliers, tls, ProxyProtocolOutput.NONE);
    }

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

    /// The same under another name.
    public Cluster named(String other) {
        return new Cluster(other, origin, protocol, protocolConfig, endpoints, balancing, connections, outliers, tls,
                proxyProtocol, slowStart);
    }

    /// The same under another name, with other endpoints.
    public Cluster of(String other, EndpointRef others) {
        return new Cluster(other, origin, protocol, protocolConfig, others, balancing, connections, outliers, tls, proxyProtocol,
                slowStart);
    }

    /// The same with these TLS settings; null for no TLS.
    public Cluster with(@Nullable UpstreamTls tls) {
        return new Cluster(name, origin, protocol, protocolConfig, endpoints, balancing, connections, outliers, tls,
                proxyProtocol, slowStart);
    }

    /// The same with a header of the PROXY protocol at the beginning of each connection.
    public Cluster with(ProxyProtocolOutput output) {
        return new Cluster(name, origin, protocol, protocolConfig, endpoints, balancing, connections, outliers, tls, output,
                slowStart);
    }

    /// The same with another slow start.
    public Cluster with(SlowStart other) {
        return new Cluster(name, origin, protocol, protocolConfig, endpoints, balancing, connections, outliers, tls,
                proxyProtocol, other);
    }
}
