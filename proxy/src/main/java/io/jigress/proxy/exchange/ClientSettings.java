package io.jigress.proxy.exchange;

import io.jigress.proxy.http.ClientTimeouts;
import io.jigress.proxy.http.HeadLimits;

/// How listeners treat their clients; read once, at the start.
///
/// @param heads limits of request heads and trailers
/// @param forwardedField whether upstreams are sent the Forwarded field (RFC 7239) too
public record ClientSettings(HeadLimits heads, ConnectionSettings connections, ClientTimeouts timeouts, boolean forwardedField,
        HandshakeLimits handshakes) {}
