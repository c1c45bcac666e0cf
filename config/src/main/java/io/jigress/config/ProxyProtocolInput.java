package io.jigress.config;

/// Whether connections to a listener begin with a header of the PROXY protocol (version 1 or 2), by which a proxy in front tells the client's address. It is
/// accepted from trusted proxies only.
public enum ProxyProtocolInput {
    /// A header is not looked for.
    OFF,
    /// A connection from a trusted proxy may begin with one.
    OPTIONAL,
    /// A connection that does not begin with one, or is not from a trusted proxy, is closed.
    REQUIRED
}
