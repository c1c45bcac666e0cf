package io.jigress.config;

/// The whole configuration of the gateway. Immutable; versions share what did not change, so that `Gateway.apply` finds an edit by comparing two
/// of them.
///
/// @param listeners sockets by name
/// @param clusters upstreams by name, those that routes refer to
public record GatewayConfig(PersistentMap<String, Listener> listeners, PersistentMap<String, Cluster> clusters) {
    public static final GatewayConfig EMPTY = new GatewayConfig(PersistentMap.empty(), PersistentMap.empty());

    public GatewayConfig with(Listener listener) {
        return new GatewayConfig(listeners.with(listener.name(), listener), clusters);
    }

    public GatewayConfig with(Cluster cluster) {
        return new GatewayConfig(listeners, clusters.with(cluster.name(), cluster));
    }
}
