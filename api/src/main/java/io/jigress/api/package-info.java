/// Everything a plugin author compiles against: filters, upstream protocols and the values they see.
///
/// Reading order: [HttpFilter], [FilterDecision], [Exchange], [Headers], [FilterFactory], [UpstreamProtocol], [UpstreamSession].
/// The package is versioned semantically; nothing here knows how the gateway is built.
@NullMarked
package io.jigress.api;

import org.jspecify.annotations.NullMarked;
