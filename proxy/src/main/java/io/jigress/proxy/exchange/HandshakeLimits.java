package io.jigress.proxy.exchange;

import java.time.Duration;

/// Limits of what clients do before their first request.
///
/// @param longest how long a connection's first bytes and its TLS handshake may take together, from the first byte on
///        (`timeouts.client.handshake`)
/// @param helloBytes the longest ClientHello, record headers included (`limits.client.hello.bytes`)
/// @param underWay how many TLS handshakes may be under way; one more is refused (`limits.handshakes`)
public record HandshakeLimits(Duration longest, int helloBytes, int underWay) {
    public static final HandshakeLimits DEFAULT = new HandshakeLimits(Duration.ofSeconds(10), 16 * 1024, 10_000);
}
