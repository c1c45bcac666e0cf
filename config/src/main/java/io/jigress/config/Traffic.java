package io.jigress.config;

/// What kind of traffic a listener carries.
public sealed interface Traffic {

    /// HTTP/1.1 and h2c in the clear.
    ///
    /// @param hosts virtual hosts by host pattern: `shop.example`, `*.shop.example` (any number of labels in place of the star),
    ///        or `*` for every host; lower-case
    record Http(PersistentMap<String, VirtualHost> hosts) implements Traffic {}
}
