package io.jigress.control.kinds;

import java.util.Set;
import org.jspecify.annotations.Nullable;

/// The protocols of a Gateway's listeners.
public enum ListenerProtocol {
    HTTP(Set.of(RouteKind.HTTP, RouteKind.GRPC)), HTTPS(Set.of(RouteKind.HTTP, RouteKind.GRPC)),
    /// A TCPRoute may be attached where TLS is terminated, a TLSRoute also to passthrough.
    TLS(Set.of(RouteKind.TLS, RouteKind.TCP)), TCP(Set.of(RouteKind.TCP)), UDP(Set.of(RouteKind.UDP));

    private final Set<RouteKind> routes;

    ListenerProtocol(Set<RouteKind> routes) {
        this.routes = routes;
    }

    /// Null for another protocol.
    static @Nullable ListenerProtocol of(String text) {
        for (ListenerProtocol protocol : values()) {
            if (protocol.name().equals(text)) {
                return protocol;
            }
        }
        return null;
    }

    /// Whether its connections have the name of a host by which listeners of one port differ.
    public boolean hasHosts() {
        return this != TCP && this != UDP;
    }

    /// Whether it is served over TLS.
    public boolean overTls() {
        return this == HTTPS || this == TLS;
    }

    /// Whether routes attach to it that carry no HTTP.
    public boolean isStream() { return this != HTTP && this != HTTPS; }

    /// The kinds of routes that can be attached.
    ///
    /// @param passthrough whether TLS is passed on unread
    public Set<RouteKind> routes(boolean passthrough) {
        return passthrough ? Set.of(RouteKind.TLS) : routes;
    }
}
