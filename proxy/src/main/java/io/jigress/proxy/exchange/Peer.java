package io.jigress.proxy.exchange;

import java.net.InetAddress;
import java.nio.charset.StandardCharsets;

/// The address of a client's connection, and whether it is a trusted proxy; made once per connection.
public final class Peer {
    final InetAddress address;
    final String text;
    final byte[] bytes;
    final boolean trusted;

    /// The address as text.
    public String text() {
        return text;
    }

    public Peer(InetAddress address, TrustedProxies proxies) {
        this.address = address;
        this.text = address.getHostAddress();
        this.bytes = text.getBytes(StandardCharsets.ISO_8859_1);
        this.trusted = proxies.contains(address);
    }
}
