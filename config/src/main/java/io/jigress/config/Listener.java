package io.jigress.config;

/// A socket and what happens to connections on it.
///
/// @param name unique; `address:port`, for UDP `address:port/udp`
/// @param address what to bind: an IP literal, or empty for all addresses
/// @param port 0 binds any free port
/// @param publicPort the port by which clients know it, for redirects and X-Forwarded-Port: that of the Gateway, wherever the socket is; 0 for the
///        port that is bound
/// @param proxyProtocol whether connections begin with a header of the PROXY protocol; without effect for UDP
public record Listener(String name, String address, int port, int publicPort, Traffic traffic, ProxyProtocolInput proxyProtocol) {

    /// Without the PROXY protocol.
    public Listener(String name, String address, int port, int publicPort, Traffic traffic) {
        this(name, address, port, publicPort, traffic, ProxyProtocolInput.OFF);
    }

    /// A listener that clients know by the port that is bound.
    public Listener(String name, String address, int port, Traffic traffic) {
        this(name, address, port, port, traffic);
    }
}
