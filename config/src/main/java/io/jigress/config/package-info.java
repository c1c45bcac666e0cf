/// The pivot between the half that wishes and the half that runs: what the gateway must do, as pure data, and the few
/// interfaces by which the halves meet.
///
/// Reading order: [GatewayConfig], [Listener], [VirtualHost], [Route], [Cluster], [FilterSpec], [EndpointDirectory], [FilterCatalog].
@NullMarked
package io.jigress.config;

import org.jspecify.annotations.NullMarked;
