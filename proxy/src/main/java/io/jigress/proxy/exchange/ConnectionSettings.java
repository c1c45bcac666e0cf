package io.jigress.proxy.exchange;

import java.time.Duration;

/// How many connections there may be of clients and to upstreams, and how those of clients end.
///
/// @param clients how many of clients may be open; one more is closed at once (`limits.connections`)
/// @param upstreams how many to upstreams may be open, over all endpoints; a request that needs one more gets 503
/// @param quiet how long a client's connection without a request stays open when its listener drains (`drain.quiet`)
/// @param answersHalfClosed whether a client that ends its sending direction (FIN) after its request gets the response (`client.half.close`)
public record ConnectionSettings(int clients, int upstreams, Duration quiet, boolean answersHalfClosed, TunnelSettings tunnels,
        SendQueues queues, UdpSettings udp) {
    public static final ConnectionSettings DEFAULT = new ConnectionSettings(100_000, 100_000, Duration.ofSeconds(1),
            true, TunnelSettings.DEFAULT, SendQueues.DEFAULT, UdpSettings.DEFAULT);

    public ConnectionSettings(int clients, int upstreams, Duration quiet, boolean answersHalfClosed, TunnelSettings tunnels,
            SendQueues queues) {
        this(clients, upstreams, quiet, answersHalfClosed, tunnels, queues, UdpSettings.DEFAULT);
    }

    public ConnectionSettings with(UdpSettings udp) {
        return new ConnectionSettings(clients, upstreams, quiet, answersHalfClosed, tunnels, queues, udp);
    }
}
