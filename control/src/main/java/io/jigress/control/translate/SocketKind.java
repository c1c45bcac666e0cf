package io.jigress.control.translate;

import io.jigress.control.kinds.ListenerProtocol;

/// What a socket carries. Listeners of different kinds cannot share a port, except that UDP has ports of its own.
enum SocketKind {
    HTTP, TLS, TCP, UDP;

    static SocketKind of(ListenerProtocol protocol) {
        return switch (protocol) {
            case HTTP -> HTTP;
            case HTTPS, TLS -> TLS;
            case TCP -> TCP;
            case UDP -> UDP;
        };
    }

    /// Whether listeners of one port may have different hosts.
    boolean hasHosts() {
        return this == HTTP || this == TLS;
    }
}
