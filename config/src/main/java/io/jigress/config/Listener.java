package io.jigress.config;

/// A socket and what happens to connections on it.
///
/// @param name unique; `address:port`
/// @param address what to bind: an IP literal, or empty for all addresses
/// @param port 0 binds any free port
/// @param publicPort the port by which clients know it, for redirects and X-Forwarded-Port: that of the Gateway, wherever the socket is; 0 for the
///        port that is bound
public record Listener(String name, String address, int port, int publicPort, Traffic traffic) {

    /// A listener that clients know by the port that is bound.
    public Listener(String name, String address, int port, Traffic traffic) {
        this(name, address, port, port, traffic);
    }
}
