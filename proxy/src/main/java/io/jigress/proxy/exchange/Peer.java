package io.jigress.proxy.exchange;

import io.jigress.proxy.tls.TlsConnection;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/// The address of a client's connection, whether it is a trusted proxy, and its TLS; made once per connection.
public final class Peer {
    final InetAddress address;
    final String text;
    final byte[] bytes;
    final boolean trusted;
    final @Nullable TlsConnection tls;

    /// The address as text.
    public String text() {
        return text;
    }

    /// The Gateway listener that the connection was accepted for; null in the clear, where it carries requests for all of them.
    @Nullable String section() {
        return tls == null ? null : tls.section();
    }

    /// Of a connection in the clear.
    public Peer(InetAddress address, TrustedProxies proxies) {
        this(address, proxies, null);
    }

    /// @param tls null for a connection in the clear
    public Peer(InetAddress address, TrustedProxies proxies, @Nullable TlsConnection tls) {
        this.address = address;
        this.text = address.getHostAddress();
        this.bytes = text.getBytes(StandardCharsets.ISO_8859_1);
        this.trusted = proxies.contains(address);
        this.tls = tls;
    }
}
