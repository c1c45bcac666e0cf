package io.jigress.proxy.telemetry;

/// Why a client's connection was closed whose listener reads headers of the PROXY protocol.
public enum ProxyProtocolFailure {
    /// The peer is not a trusted proxy.
    UNTRUSTED,
    /// The listener requires a header, and the first bytes are none.
    MISSING,
    /// The header breaks the rules of its version.
    MALFORMED,
    /// The checksum in the header is wrong.
    CHECKSUM,
    /// The header is longer than allowed.
    TOO_LONG,
    /// The header took too long.
    TIMEOUT,
    /// The peer ended the connection within the header.
    CLOSED_BY_PEER
}
