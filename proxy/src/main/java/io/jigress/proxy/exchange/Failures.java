package io.jigress.proxy.exchange;

import io.jigress.api.ProxyFailure;
import io.jigress.api.ProxyFailure.Kind;
import io.jigress.api.ProxyFailure.Origin;

/// What can go wrong with an exchange that is nobody else's to say.
final class Failures {
    static final ProxyFailure NO_TARGET = new ProxyFailure(Kind.FILTER_ERROR, Origin.GATEWAY, false,
            "no backend that can be resolved");
    static final ProxyFailure NO_ROUTE = new ProxyFailure(Kind.NO_ROUTE, Origin.GATEWAY, false, "no_route");
    static final ProxyFailure NO_ENDPOINTS = new ProxyFailure(Kind.NO_ENDPOINTS, Origin.UPSTREAM, false,
            "no endpoint that takes requests");
    static final ProxyFailure GONE = new ProxyFailure(Kind.CLIENT_GONE, Origin.CLIENT, false, "client closed the connection");
    static final ProxyFailure SLOW_BODY = new ProxyFailure(Kind.REQUEST_TIMEOUT, Origin.CLIENT, false, "slow_body");
    static final ProxyFailure SLOW_READER = new ProxyFailure(Kind.CLIENT_GONE, Origin.CLIENT, false, "client does not read");
    static final ProxyFailure SILENCE = new ProxyFailure(Kind.UPSTREAM_TIMEOUT, Origin.UPSTREAM, false, "timeouts.silence");
    static final ProxyFailure SLOW_ATTEMPT = new ProxyFailure(Kind.UPSTREAM_TIMEOUT, Origin.UPSTREAM, false,
            "no response head in time");
    static final ProxyFailure SLOW_REQUEST = new ProxyFailure(Kind.UPSTREAM_TIMEOUT, Origin.UPSTREAM, false,
            "timeouts.request");
    static final ProxyFailure BODY_TOO_LARGE = new ProxyFailure(Kind.BODY_TOO_LARGE, Origin.CLIENT, false,
            "body over the route's limit");
    static final ProxyFailure HELD_REQUEST = new ProxyFailure(Kind.BODY_TOO_LARGE, Origin.CLIENT, false,
            "body over limits.heldBody");
    static final ProxyFailure HELD_RESPONSE = new ProxyFailure(Kind.UPSTREAM_BAD_RESPONSE, Origin.UPSTREAM, false,
            "body over limits.heldBody");

    private Failures() {}

    static ProxyFailure filter(String filter, String what) {
        return new ProxyFailure(Kind.FILTER_ERROR, Origin.GATEWAY, false, filter + " " + what);
    }
}
