package io.jigress.control.translate;

import io.jigress.api.Json;

/// The protocol of connections to endpoints, as routes need it.
///
/// @param protocol the name of an upstream protocol
/// @param stream the part of a cluster's name that distinguishes clusters of routes without HTTP; empty for others
/// @param secured whether connections use TLS where the endpoints are configured to
record Speech(String protocol, Json config, String stream, boolean secured) {
    static final Speech HTTP1 = new Speech("http1", Json.Obj.EMPTY);
    static final Speech H2C = new Speech("h2c", Json.Obj.EMPTY);
    static final Speech TCP = new Speech("tcp", Json.Obj.EMPTY, "protocol=tcp", true);
    /// TLS of clients that is passed on: the gateway adds none of its own.
    static final Speech PASSTHROUGH = new Speech("tcp", Json.Obj.EMPTY, "protocol=tls", false);
    static final Speech UDP = new Speech("udp", Json.Obj.EMPTY, "protocol=udp", false);

    Speech(String protocol, Json config) {
        this(protocol, config, "", true);
    }

    /// Whether bytes or datagrams are passed on, whatever they are.
    boolean isStream() { return !stream.isEmpty(); }

    boolean udp() {
        return protocol.equals(UDP.protocol);
    }
}
