package io.jigress.config;

import org.jspecify.annotations.Nullable;

/// What kind of traffic a listener carries.
public sealed interface Traffic {

    /// Virtual hosts by host pattern: `shop.example`, `*.shop.example` (any number of labels in place of the star), or `*` for every
    /// host; lower-case. Empty where no HTTP is served.
    default PersistentMap<String, VirtualHost> hosts() {
        return PersistentMap.empty();
    }

    /// HTTP/1.1 and h2c in the clear.
    record Http(PersistentMap<String, VirtualHost> hosts) implements Traffic {}

    /// TLS connections, by the server name of their ClientHello: HTTP and other streams over TLS, which the gateway terminates, and TLS that it passes on
    /// unread (passthrough).
    ///
    /// The most specific pattern of `tls` and `streams` together that matches the server name of a connection decides; a name that fits none is
    /// refused. A pattern that is in both maps is of a listener whose TLS is terminated and whose connections carry no HTTP.
    ///
    /// @param tls by host pattern: how TLS is terminated, and to which section the connections belong
    /// @param streams by host pattern: the sections that carry no HTTP
    record Tls(PersistentMap<String, VirtualHost> hosts, PersistentMap<String, TlsSettings> tls,
            PersistentMap<String, TlsStreams> streams) implements Traffic {

        /// HTTPS only.
        public Tls(PersistentMap<String, VirtualHost> hosts, PersistentMap<String, TlsSettings> tls) {
            this(hosts, tls, PersistentMap.empty());
        }
    }

    /// TCP connections, whose bytes are passed on as they are.
    ///
    /// @param route null for none: connections are closed
    record Tcp(@Nullable StreamRoute route) implements Traffic {}

    /// UDP datagrams.
    ///
    /// @param route null for none: datagrams are dropped
    record Udp(@Nullable StreamRoute route) implements Traffic {}
}
