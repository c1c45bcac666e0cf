package io.jigress.proxy.exchange;

import java.time.Duration;

/// The limits of UDP; read once, at the start.
///
/// @param sessions how many there may be; each event loop has an equal share of them (`limits.udp.sessions`)
/// @param datagramBytes the longest datagram that is passed on (`limits.udp.datagram.bytes`)
/// @param idle how long both directions of a session may be silent, for routes that set nothing (`timeouts.udp.idle`)
public record UdpSettings(int sessions, int datagramBytes, Duration idle) {
    /// The most that a UDP datagram over IPv4 carries.
    public static final int LONGEST = 65_507;

    public static final UdpSettings DEFAULT = new UdpSettings(10_000, LONGEST, Duration.ofSeconds(30));
}
