package io.jigress.proxy.exchange;

import io.jigress.api.ProxyFailure;
import io.jigress.api.ProxyFailure.Kind;
import io.jigress.api.ProxyFailure.Origin;

/// The failures that the exchange itself detects.
public final class Failures {
    public static final ProxyFailure NO_TARGET = new ProxyFailure(Kind.NO_CLUSTER, Origin.GATEWAY, false, "no_backend");
    public static final ProxyFailure NO_ROUTE = new ProxyFailure(Kind.NO_ROUTE, Origin.GATEWAY, false, "no_route");
    static final ProxyFailure MISDIRECTED = new ProxyFailure(Kind.MISDIRECTED, Origin.CLIENT, false, "misdirected");
    public static final ProxyFailure MISCONFIGURED = new ProxyFailure(Kind.MISCONFIGURED, Origin.GATEWAY, false,
            "misconfigured");
    static final ProxyFailure INVALID_ROUTE = new ProxyFailure(Kind.MISCONFIGURED, Origin.GATEWAY, false,
            "invalid_route");
    public static final ProxyFailure NO_ENDPOINTS = new ProxyFailure(Kind.NO_ENDPOINTS, Origin.UPSTREAM, false,
            "no_endpoints");
    public static final ProxyFailure GONE = new ProxyFailure(Kind.CLIENT_GONE, Origin.CLIENT, false, "client_closed");
    static final ProxyFailure SLOW_BODY = new ProxyFailure(Kind.REQUEST_TIMEOUT, Origin.CLIENT, false, "slow_body");
    static final ProxyFailure SLOW_READER = new ProxyFailure(Kind.CLIENT_GONE, Origin.CLIENT, false, "slow_reader");
    public static final ProxyFailure SILENCE = new ProxyFailure(Kind.UPSTREAM_TIMEOUT, Origin.UPSTREAM, false, "silence_timeout");
    static final ProxyFailure SLOW_ATTEMPT = new ProxyFailure(Kind.UPSTREAM_TIMEOUT, Origin.UPSTREAM, false,
            "attempt_timeout");
    /// Another endpoint has answered the same request, although it got it later (hedging).
    static final ProxyFailure OVERTAKEN = new ProxyFailure(Kind.UPSTREAM_TIMEOUT, Origin.UPSTREAM, false, "hedging_timeout");
    static final ProxyFailure NO_RETRY = new ProxyFailure(Kind.OVERLOADED, Origin.GATEWAY, false, "retry_budget");
    public static final ProxyFailure SLOW_REQUEST = new ProxyFailure(Kind.UPSTREAM_TIMEOUT, Origin.UPSTREAM, false,
            "request_timeout");
    /// The client's own deadline for its gRPC call has passed (grpc-timeout).
    static final ProxyFailure DEADLINE = new ProxyFailure(Kind.UPSTREAM_TIMEOUT, Origin.UPSTREAM, false, "grpc_deadline");
    static final ProxyFailure SLOW_REQUEST_BODY = new ProxyFailure(Kind.REQUEST_TIMEOUT, Origin.CLIENT, false,
            "request_timeout");
    static final ProxyFailure BODY_TOO_LARGE = new ProxyFailure(Kind.BODY_TOO_LARGE, Origin.CLIENT, false,
            "body_over_limit");
    static final ProxyFailure HELD_REQUEST = new ProxyFailure(Kind.BODY_TOO_LARGE, Origin.CLIENT, false,
            "held_body_over_limit");
    static final ProxyFailure HELD_RESPONSE = new ProxyFailure(Kind.UPSTREAM_BAD_RESPONSE, Origin.UPSTREAM, false,
            "held_body_over_limit");

    static final ProxyFailure FILTER_FAILED = new ProxyFailure(Kind.FILTER_ERROR, Origin.GATEWAY, false, "filter_failed");

    /// A fault of the program.
    public static final ProxyFailure INTERNAL_ERROR = new ProxyFailure(Kind.INTERNAL_ERROR, Origin.GATEWAY, false,
            "internal_error");
    /// `memory.direct` is used up.
    public static final ProxyFailure NO_MEMORY = new ProxyFailure(Kind.OVERLOADED, Origin.GATEWAY, false, "direct_memory");

    private Failures() {}
}
