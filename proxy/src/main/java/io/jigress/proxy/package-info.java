/// The data plane: serves traffic according to a [io.jigress.config.GatewayConfig].
///
/// A request's path, in reading order: [io.jigress.proxy.listen.ListenerPipeline], [io.jigress.proxy.http1.Http1ServerConnection],
/// [io.jigress.proxy.exchange.HttpExchange], `ExchangeHandler` behind it, [io.jigress.proxy.route.RouteTable], `FilterPass`, `Forwarder`,
/// [io.jigress.proxy.upstream.Upstream], [io.jigress.proxy.upstream.ConnectionPools], [io.jigress.proxy.http1.Http1Session],
/// [io.jigress.proxy.telemetry.AccessRecord].
@NullMarked
package io.jigress.proxy;

import org.jspecify.annotations.NullMarked;
