package io.jigress.proxy.exchange;

import java.time.Duration;

/// How long tunnels last.
///
/// @param halfClose how long one may be silent of which one direction has ended (`tunnel.half.close.timeout`)
/// @param idle how long one may be silent (`tunnel.idle.timeout`); zero for no limit
/// @param drain when its listener drains, each ends at a random moment within this time (`tunnel.drain.timeout`), so that their clients do
/// not all come back at once; zero leaves them open until the process ends
public record TunnelSettings(Duration halfClose, Duration idle, Duration drain) {
    public static final TunnelSettings DEFAULT = new TunnelSettings(Duration.ofMinutes(1), Duration.ofHours(1), Duration.ZERO);
}
