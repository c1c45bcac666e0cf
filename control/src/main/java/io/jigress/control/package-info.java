/// The meaning of resources: what users wrote, wherever it came from, becomes a [io.jigress.config.GatewayConfig]. No I/O here.
///
/// Reading order: [Resource], [ResourceSource], [ResourceStore], [ResourceSet], [Translator], [Translation], [Reconciler], [Problem], [StatusUpdate].
@NullMarked
package io.jigress.control;

import org.jspecify.annotations.NullMarked;
