package io.jigress.api;

/// A way to speak to endpoints: HTTP/1.1, HTTP/2, Dubbo. Named, with its configuration as JSON; stateless, for several threads.
public interface UpstreamProtocol {

    /// The name in configuration and metrics: `http1`, `h2c`, `dubbo`.
    String name();

    /// Speaks over a fresh connection, on its event loop, until the connection closes.
    UpstreamSession session(UpstreamChannel channel);
}
