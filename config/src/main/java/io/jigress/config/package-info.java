/// The model that the control half produces and the proxy half runs: the gateway's configuration as immutable data, and the few
/// interfaces between the two halves.
///
/// Reading order: [GatewayConfig], [Listener], [VirtualHost], [Route], [Cluster], [FilterSpec], [EndpointDirectory], [FilterCatalog].
@NullMarked
package io.jigress.config;

import org.jspecify.annotations.NullMarked;
