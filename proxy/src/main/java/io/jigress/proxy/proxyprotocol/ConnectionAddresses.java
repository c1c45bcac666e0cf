package io.jigress.proxy.proxyprotocol;

import io.jigress.api.ProxyProtocol;
import io.netty.channel.Channel;
import io.netty.util.AttributeKey;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/// The addresses of a client's connection: those that a header of the PROXY protocol tells, else those of the socket. Everything that needs the address of
/// a client asks here and not the channel. Event loop only.
public final class ConnectionAddresses {
    private static final AttributeKey<ProxyProtocol> HEADER = AttributeKey.valueOf(ConnectionAddresses.class, "header");

    private ConnectionAddresses() {}

    /// The connection began with this header.
    public static void begin(Channel channel, ProxyProtocol header) {
        channel.attr(HEADER).set(header);
    }

    /// Null when the connection did not begin with one.
    public static @Nullable ProxyProtocol header(Channel channel) {
        return channel.hasAttr(HEADER) ? channel.attr(HEADER).get() : null;
    }

    public static InetSocketAddress remote(Channel channel) {
        ProxyProtocol header = header(channel);
        InetSocketAddress source = header == null ? null : header.source();
        return source == null ? (InetSocketAddress) channel.remoteAddress() : source;
    }

    /// A system call, unless a header tells it.
    public static InetSocketAddress local(Channel channel) {
        ProxyProtocol header = header(channel);
        InetSocketAddress destination = header == null ? null : header.destination();
        return destination == null ? (InetSocketAddress) channel.localAddress() : destination;
    }

    /// The id of a connection that its header tells, for logs: as text, or in hexadecimal digits; empty when there is none.
    public static String uniqueId(ProxyProtocol header) {
        byte[] id = header.uniqueId();
        if (id == null) {
            return "";
        }
        for (byte each : id) {
            if (each < ' ' || each > '~') {
                return HexFormat.of().formatHex(id);
            }
        }
        return new String(id, StandardCharsets.US_ASCII);
    }

    /// The remote address without port, for logs; `-` when it is not known.
    public static String text(Channel channel) {
        ProxyProtocol header = header(channel);
        InetSocketAddress source = header == null ? null : header.source();
        if (source != null) {
            return source.getAddress().getHostAddress();
        }
        return channel.remoteAddress() instanceof InetSocketAddress remote ? remote.getAddress().getHostAddress() : "-";
    }
}
