package io.jigress.proxy.exchange;

import java.time.Duration;

/// Limits of what clients, and proxies in front of them, do before their first request.
///
/// @param longest how long a connection's first bytes and its TLS handshake may take together, from the first byte on
///        (`timeouts.client.handshake`)
/// @param helloBytes the longest ClientHello, record headers included (`limits.client.hello.bytes`)
/// @param underWay how many TLS handshakes may be under way; one more is refused (`limits.handshakes`)
/// @param proxyHeaderBytes the longest header of the PROXY protocol, version 2 (`limits.proxy.protocol.bytes`)
public record HandshakeLimits(Duration longest, int helloBytes, int underWay, int proxyHeaderBytes) {
    /// With the default for `proxyHeaderBytes`.
    public HandshakeLimits(Duration longest, int helloBytes, int underWay) {
        this(longest, helloBytes, underWay, 4096);
    }

    public static final HandshakeLimits DEFAULT = new HandshakeLimits(Duration.ofSeconds(10), 16 * 1024, 10_000);
}
