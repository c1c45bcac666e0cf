/// Translates the objects that users wrote, from any source, to a [io.jigress.config.GatewayConfig]. No I/O here.
///
/// Reading order: [Resource], [ResourceSource], [ResourceStore], [ResourceSet], [Translator], [Translation], [Reconciler], [Problem], [StatusUpdate].
@NullMarked
package io.jigress.control;

import org.jspecify.annotations.NullMarked;
