/// Everything a plugin author compiles against: filters, upstream protocols and the values they see.
///
/// Reading order: [HttpFilter], [FilterDecision], [Exchange], [Headers], [FilterFactory], [UpstreamProtocol], [UpstreamSession].
/// The package is versioned semantically; nothing here depends on the implementation of the gateway.
@NullMarked
package io.jigress.api;

import org.jspecify.annotations.NullMarked;
