package io.jigress.control.kinds;

import org.jspecify.annotations.Nullable;

/// The kinds of routes of Gateway API.
public enum RouteKind {
    HTTP("HTTPRoute"), GRPC("GRPCRoute"), TLS("TLSRoute"), TCP("TCPRoute"), UDP("UDPRoute");

    private final String text;

    RouteKind(String text) {
        this.text = text;
    }

    /// The kind as objects name it.
    public String text() {
        return text;
    }

    /// Null for another kind.
    static @Nullable RouteKind of(String text) {
        for (RouteKind kind : values()) {
            if (kind.text.equals(text)) {
                return kind;
            }
        }
        return null;
    }
}
