/// Where requests go: clusters with their endpoints, the choice of an endpoint, and the connections to it.
///
/// Reading order: [Upstreams] (process: clusters by configuration), [Upstream] (one cluster), [EndpointSet] and [Destination] (what is
/// known of its endpoints), [ConnectionPools] (event loop), [EndpointPool] (one address on one loop), [UpstreamConnection].
@NullMarked
package io.jigress.proxy.upstream;

import org.jspecify.annotations.NullMarked;
