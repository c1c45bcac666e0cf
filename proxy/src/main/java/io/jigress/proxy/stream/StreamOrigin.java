package io.jigress.proxy.stream;

import io.netty.channel.Channel;
import java.net.InetSocketAddress;

/// Where a stream comes from, for the log.
///
/// @param protocol `TCP`, `TLS` or `UDP`
/// @param client its address
/// @param serverName in its TLS handshake; empty for none
public record StreamOrigin(String protocol, String client, String serverName) {

    public static StreamOrigin tcp(Channel channel) {
        return new StreamOrigin("TCP", client(channel), "");
    }

    public static StreamOrigin tls(Channel channel, String serverName) {
        return new StreamOrigin("TLS", client(channel), serverName);
    }

    private static String client(Channel channel) {
        return channel.remoteAddress() instanceof InetSocketAddress from ? from.getAddress().getHostAddress() : "-";
    }

    /// As metrics name the protocol.
    String statsLabel() {
        return switch (protocol) {
            case "TLS" -> "tls";
            case "UDP" -> "udp";
            default -> "tcp";
        };
    }
}
