/// Eureka: the client of registries of this type, by polling.
@NullMarked
package io.jigress.sources.eureka;

import org.jspecify.annotations.NullMarked;
