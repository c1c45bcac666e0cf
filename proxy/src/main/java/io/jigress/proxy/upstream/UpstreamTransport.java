package io.jigress.proxy.upstream;

import io.jigress.api.UpstreamProtocol;
import io.jigress.proxy.tls.UpstreamContext;
import io.jigress.proxy.tls.UpstreamHandshakes;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// TLS between a connection and the protocol that is spoken on it. Destinations of an equal transport share their connections. For several
/// threads.
///
/// @param context one for equal settings
/// @param offered the protocols that the handshake offers, by their names in ALPN
/// @param usual what is spoken where an endpoint chooses none; null when it must choose
record UpstreamTransport(UpstreamContext context, Map<String, UpstreamProtocol> offered, @Nullable UpstreamProtocol usual,
        UpstreamHandshakes handshakes) {

    UpstreamTransport {
        offered = Map.copyOf(offered);
    }

    /// @param chosen by the endpoint; null for none
    /// @return null when the endpoint chose nothing that can be spoken
    @Nullable UpstreamProtocol protocol(@Nullable String chosen) {
        return chosen == null || chosen.isEmpty() ? usual : offered.get(chosen);
    }
}
