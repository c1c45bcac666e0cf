package io.jigress.proxy.telemetry;

/// Why a UDP datagram was not passed on.
public enum DatagramDrop {
    /// The listener has no route, or none of its clusters exists.
    NO_ROUTE,
    /// The cluster has no endpoint that takes new sessions.
    NO_ENDPOINTS,
    /// The process has no file left for the socket of a new session.
    NO_FILE,
    /// Longer than `limits.udp.datagram.bytes`, or than the system can send.
    TOO_LONG,
    /// The socket to the endpoint, or to the client, accepts no more at the moment.
    ENDPOINT_SOCKET_FULL, CLIENT_SOCKET_FULL,
    /// The system has refused it, for example a packet filter.
    NOT_SENT
}
