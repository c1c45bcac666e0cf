package io.jigress.proxy.stream;

import io.jigress.api.ProxyProtocol;
import io.jigress.proxy.proxyprotocol.ConnectionAddresses;
import io.netty.channel.Channel;
import org.jspecify.annotations.Nullable;

/// Where a stream comes from, for the log.
///
/// @param protocol `TCP`, `TLS` or `UDP`
/// @param client its address
/// @param serverName in its TLS handshake; empty for none
/// @param header of the PROXY protocol, with which it began
public record StreamOrigin(String protocol, String client, String serverName, @Nullable ProxyProtocol header) {

    /// Without the PROXY protocol.
    public StreamOrigin(String protocol, String client, String serverName) {
        this(protocol, client, serverName, null);
    }

    public static StreamOrigin tcp(Channel channel) {
        return new StreamOrigin("TCP", ConnectionAddresses.text(channel), "", ConnectionAddresses.header(channel));
    }

    public static StreamOrigin tls(Channel channel, String serverName) {
        return new StreamOrigin("TLS", ConnectionAddresses.text(channel), serverName, ConnectionAddresses.header(channel));
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
