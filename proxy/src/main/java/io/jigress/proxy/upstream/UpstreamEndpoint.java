package io.jigress.proxy.upstream;

import io.jigress.config.Endpoint;
import java.net.InetSocketAddress;

/// An endpoint of a cluster. Immutable but for [#gone]; replaced when its address or weight changes.
public final class UpstreamEndpoint {
    private final Destination destination;
    private final Endpoint endpoint;
    /// Whether it was removed from its cluster. Written by [WatchedEndpoints].
    volatile boolean gone;

    UpstreamEndpoint(Destination destination, Endpoint endpoint) {
        this.destination = destination;
        this.endpoint = endpoint;
    }

    public InetSocketAddress address() {
        return destination.address();
    }

    /// `127.0.0.1:9000`, `[::1]:9000`.
    public String text() {
        return destination.text();
    }

    public Endpoint endpoint() {
        return endpoint;
    }

    /// Connections to this address by this protocol, over all event loops and clusters.
    public int connections() {
        return destination.connections();
    }

    Destination destination() {
        return destination;
    }

    @Override
    public String toString() {
        return text();
    }
}
