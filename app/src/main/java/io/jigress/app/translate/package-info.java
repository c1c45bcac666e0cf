/// Combines the rooms that translate objects: the catalog of filters, the mappings of Dubbo.
///
/// Reading order: [Translators], [FactoryCatalog], [Filters], [DubboMappings].
@NullMarked
package io.jigress.app.translate;

import org.jspecify.annotations.NullMarked;
