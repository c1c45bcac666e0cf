package io.jigress.proxy.call;

import io.jigress.api.ProxyFailure;
import io.jigress.api.ProxyFailure.Kind;
import io.jigress.api.ProxyFailure.Origin;

/// Failures that occur only in calls of filters.
final class CallFailures {
    static final ProxyFailure NO_CLUSTER = new ProxyFailure(Kind.NO_CLUSTER, Origin.GATEWAY, false, "no_cluster");
    static final ProxyFailure TOO_MANY = new ProxyFailure(Kind.OVERLOADED, Origin.GATEWAY, false, "too_many_calls");
    static final ProxyFailure NOT_TCP = new ProxyFailure(Kind.MISCONFIGURED, Origin.GATEWAY, false, "cluster_is_not_tcp");
    /// The filter went on sending while it was told to wait.
    static final ProxyFailure NOT_AWAITED = new ProxyFailure(Kind.FILTER_ERROR, Origin.GATEWAY, false, "backpressure_ignored");
    static final ProxyFailure RESPONSE_TOO_LONG = new ProxyFailure(Kind.UPSTREAM_BAD_RESPONSE, Origin.UPSTREAM, false,
            "response_over_limit");

    private CallFailures() {}
}
