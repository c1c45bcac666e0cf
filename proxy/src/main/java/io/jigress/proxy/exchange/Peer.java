package io.jigress.proxy.exchange;

import io.jigress.api.ConnectionFacts;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.function.Supplier;

/// The peer of a client's connection, and whether it is a trusted proxy; made once per connection.
public final class Peer implements ConnectionFacts {
    final InetAddress address;
    final String text;
    final byte[] bytes;
    final boolean trusted;
    private final long id;
    private final InetSocketAddress remote;
    private final Supplier<? extends SocketAddress> local;

    /// @param local asked for when somebody wants to know, since that is a system call
    /// @param id of the connection
    public Peer(InetSocketAddress remote, Supplier<? extends SocketAddress> local, long id, TrustedProxies proxies) {
        this.address = remote.getAddress();
        this.text = address.getHostAddress();
        this.bytes = text.getBytes(StandardCharsets.ISO_8859_1);
        this.trusted = proxies.contains(address);
        this.id = id;
        this.remote = remote;
        this.local = local;
    }

    /// The address as text.
    public String text() {
        return text;
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
}
