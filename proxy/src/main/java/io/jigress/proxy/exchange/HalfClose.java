package io.jigress.proxy.exchange;

import java.time.Duration;

/// What it means when a peer ends its sending direction (FIN) and not the connection.
///
/// @param answered whether a client that does so after its request gets the response (`client.half.close`)
/// @param tunnel how long a tunnel may be silent of which one direction has ended (`tunnel.half.close.timeout`)
public record HalfClose(boolean answered, Duration tunnel) {
    public static final HalfClose DEFAULT = new HalfClose(true, Duration.ofMinutes(1));
}
