/// Registries as applications and a client without a gateway use them; started by bench/registries.
@NullMarked
package io.jigress.bench.registry;

import org.jspecify.annotations.NullMarked;
