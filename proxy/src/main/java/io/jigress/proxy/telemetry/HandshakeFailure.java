package io.jigress.proxy.telemetry;

/// Why the TLS handshake of a client came to nothing.
public enum HandshakeFailure {
    /// The first bytes are not TLS.
    NOT_TLS,
    /// The ClientHello cannot be read, or is longer than allowed.
    MALFORMED_HELLO,
    /// No listener has the server name.
    UNKNOWN_SERVER_NAME,
    /// The listener has no certificate that can be used.
    NO_CERTIFICATE,
    /// The client's versions are not among the listener's.
    NO_SHARED_VERSION,
    /// Likewise cipher suites, signature algorithms, groups.
    NO_SHARED_CIPHER,
    /// The client offers protocols by ALPN, and none of them is among the listener's.
    NO_SHARED_PROTOCOL, CLIENT_CERTIFICATE_MISSING,
    /// It does not lead to a CA certificate of the listener, or has expired.
    CLIENT_CERTIFICATE_INVALID,
    /// The client does not accept the gateway's certificate: it sent an alert that says so.
    REFUSED_BY_CLIENT,
    /// The client closed the connection.
    CLOSED_BY_CLIENT,
    TIMEOUT,
    /// So many handshakes were under way that this one was not begun.
    OVERLOAD,
    OTHER
}
