/// Eureka: the client of registries of this type, which asks at an interval.
@NullMarked
package io.jigress.sources.eureka;

import org.jspecify.annotations.NullMarked;
