package io.jigress.api;

import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;

/// The properties of a client's connection. Event loop only; valid as long as its exchange.
public interface ConnectionFacts {

    /// Unique among all connections since the start of the process.
    long id();

    /// Address and port of the peer of the TCP connection, which may be a proxy.
    InetSocketAddress peer();

    /// The gateway's own address and port.
    InetSocketAddress local();

    /// Null for a connection without TLS.
    @Nullable TlsFacts tls();
}
