package io.jigress.proxy.telemetry;

/// Who ended a stream.
public enum ClosedBy {
    CLIENT, UPSTREAM,
    /// By a timeout, for lack of an endpoint, or while draining.
    GATEWAY
}
