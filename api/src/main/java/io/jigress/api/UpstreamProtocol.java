package io.jigress.api;

/// A way to speak to endpoints: HTTP/1.1, HTTP/2, Dubbo. Named; stateless, for several threads.
///
/// An instance has a configuration: the one that the gateway is given has the defaults, [#configured] derives others from it. Instances
/// of equal configuration must be equal (as records are), since clusters with equal protocols share their connections.
/// The configuration is for connections; what differs from call to call is in the request's head.
public interface UpstreamProtocol {

    /// The name in configuration and metrics: `http1`, `h2c`, `dubbo`.
    String name();

    /// The name by which an endpoint chooses it in a TLS handshake (ALPN, RFC 7301): `h2`, `http/1.1`; empty for a protocol that has none.
    default String alpn() {
        return "";
    }

    /// This protocol as a cluster configures it. Faults go to the reader, which knows their paths; the result is discarded when one
    /// is an error. Must not throw on any input. A protocol that has nothing to configure does not override this.
    default UpstreamProtocol configured(JsonReader config) {
        config.finish();
        return this;
    }

    /// Starts a session on a new connection, on its event loop; it lasts until the connection closes. An exception of a session closes its
    /// connection.
    UpstreamSession session(UpstreamChannel channel);
}
