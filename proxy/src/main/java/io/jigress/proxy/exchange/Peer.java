package io.jigress.proxy.exchange;

import io.jigress.api.ConnectionFacts;
import io.jigress.api.ProxyProtocol;
import io.jigress.api.TlsFacts;
import io.jigress.proxy.proxyprotocol.ConnectionAddresses;
import io.jigress.proxy.tls.TlsConnection;
import io.netty.channel.Channel;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// The peer of a client's connection, whether it is a trusted proxy, and its TLS; made once per connection.
///
/// The client that a header of the PROXY protocol tells counts as the peer, and not the proxy that sent the header: a proxy that passes on bytes does not change
/// X-Forwarded-For, so what stands there is of that client.
public final class Peer implements ConnectionFacts {
    final InetAddress address;
    final String text;
    final byte[] bytes;
    final boolean trusted;
    final @Nullable TlsConnection tls;
    private final long id;
    private final InetSocketAddress remote;
    private final Supplier<? extends SocketAddress> local;
    private final @Nullable ProxyProtocol header;

    public static Peer of(Channel channel, long id, TrustedProxies proxies, @Nullable TlsConnection tls) {
        return new Peer(ConnectionAddresses.remote(channel), () -> ConnectionAddresses.local(channel), id, proxies, tls,
                ConnectionAddresses.header(channel));
    }

    /// @param local asked for when somebody wants to know, since that is a system call
    /// @param id of the connection
    /// @param tls null for a connection in the clear
    public Peer(InetSocketAddress remote, Supplier<? extends SocketAddress> local, long id, TrustedProxies proxies,
            @Nullable TlsConnection tls) {
        this(remote, local, id, proxies, tls, null);
    }

    private Peer(InetSocketAddress remote, Supplier<? extends SocketAddress> local, long id, TrustedProxies proxies,
            @Nullable TlsConnection tls, @Nullable ProxyProtocol header) {
        this.header = header;
        this.address = remote.getAddress();
        this.text = address.getHostAddress();
        this.bytes = text.getBytes(StandardCharsets.ISO_8859_1);
        this.trusted = proxies.contains(address);
        this.tls = tls;
        this.id = id;
        this.remote = remote;
        this.local = local;
    }

    /// The address as text.
    public String text() {
        return text;
    }

    /// The Gateway listener that the connection was accepted for; null in the clear, where it carries requests for all of them.
    @Nullable String section() {
        return tls == null ? null : tls.section();
    }

    @Override
    public @Nullable TlsFacts tls() {
        return tls == null ? null : tls.facts();
    }

    @Override
    public long id() {
        return id;
    }

    @Override
    public InetSocketAddress peer() {
        return remote;
    }

    @Override
    public InetSocketAddress local() {
        return (InetSocketAddress) local.get();
    }

    @Override
    public @Nullable ProxyProtocol proxyProtocol() {
        return header;
    }
}
