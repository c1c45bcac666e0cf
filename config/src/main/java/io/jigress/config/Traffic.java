package io.jigress.config;

/// What kind of traffic a listener carries.
public sealed interface Traffic {

    /// Virtual hosts by host pattern: `shop.example`, `*.shop.example` (any number of labels in place of the star), or `*` for every
    /// host; lower-case.
    PersistentMap<String, VirtualHost> hosts();

    /// HTTP/1.1 and h2c in the clear.
    record Http(PersistentMap<String, VirtualHost> hosts) implements Traffic {}

    /// HTTP over TLS, which the gateway terminates.
    ///
    /// @param tls by host pattern: the most specific one that matches the server name of a connection defines how its TLS is terminated, and to
    ///        which section it belongs. A name that fits none is refused
    record Https(PersistentMap<String, VirtualHost> hosts, PersistentMap<String, TlsSettings> tls) implements Traffic {}
}
