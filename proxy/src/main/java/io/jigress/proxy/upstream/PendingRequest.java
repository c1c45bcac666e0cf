package io.jigress.proxy.upstream;

/// A request that waits for a connection.
///
/// @param after takes only connections with a higher number than this
record PendingRequest(EndpointPool pool, Upstream upstream, UpstreamEndpoint endpoint, long after,
        ConnectionPools.Waiter waiter) {}
