package io.jigress.proxy.telemetry;

/// Why a UDP session has ended.
public enum SessionEnd {
    /// Neither side sent anything for the idle timeout.
    IDLE,
    /// As many answers have come as the route allows.
    ANSWERED,
    /// ICMP said that nobody listens at the endpoint.
    PORT_UNREACHABLE,
    /// There is no way to the endpoint.
    HOST_UNREACHABLE,
    /// A new session needed its place.
    TOO_MANY, LISTENER_CLOSED
}
