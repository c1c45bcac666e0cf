package io.jigress.api;

import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;

/// The properties of a client's connection. Event loop only; valid as long as its exchange.
public interface ConnectionFacts {

    /// Unique among all connections since the start of the process.
    long id();

    /// Address and port of the peer of the TCP connection, which may be a proxy; where the connection began with a header of the PROXY
    /// protocol that tells the client's address, that one.
    InetSocketAddress peer();

    /// The gateway's own address and port; where such a header tells it, the address that the client connected to.
    InetSocketAddress local();

    /// The header of the PROXY protocol with which the connection began; null when there was none.
    default @Nullable ProxyProtocol proxyProtocol() {
        return null;
    }

    /// Null for a connection without TLS.
    @Nullable TlsFacts tls();
}
