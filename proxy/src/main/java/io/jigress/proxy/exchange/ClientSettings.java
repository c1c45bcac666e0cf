package io.jigress.proxy.exchange;

import io.jigress.proxy.http.ClientTimeouts;
import io.jigress.proxy.http.HeadLimits;
import java.time.Duration;

/// How listeners treat their clients; read once, at the start.
///
/// @param heads limits of request heads, response heads and trailers
/// @param connections the limits of connections of clients and to upstreams
/// @param timeouts of clients, and of exchanges for routes that set none
/// @param forwardedField whether upstreams are sent the Forwarded field (RFC 7239) too
public record ClientSettings(HeadLimits heads, ConnectionSettings connections, ClientTimeouts timeouts, boolean forwardedField,
        HandshakeLimits handshakes) {

    public static final ClientSettings DEFAULT = new ClientSettings(HeadLimits.STANDARD, ConnectionSettings.DEFAULT,
            new ClientTimeouts(Duration.ofSeconds(10), Duration.ofSeconds(75), Duration.ZERO, Duration.ofSeconds(60),
                    Duration.ofSeconds(60)),
            false, HandshakeLimits.DEFAULT);

    public ClientSettings withHeads(HeadLimits heads) {
        return new ClientSettings(heads, connections, timeouts, forwardedField, handshakes);
    }

    public ClientSettings withConnections(ConnectionSettings connections) {
        return new ClientSettings(heads, connections, timeouts, forwardedField, handshakes);
    }

    public ClientSettings withTimeouts(ClientTimeouts timeouts) {
        return new ClientSettings(heads, connections, timeouts, forwardedField, handshakes);
    }

    public ClientSettings withForwardedField(boolean forwardedField) {
        return new ClientSettings(heads, connections, timeouts, forwardedField, handshakes);
    }

    public ClientSettings withHandshakes(HandshakeLimits handshakes) {
        return new ClientSettings(heads, connections, timeouts, forwardedField, handshakes);
    }
}
