/// The load of `jigress train`, under which the JVM records profiles of the request path.
@NullMarked
package io.jigress.app.train;

import org.jspecify.annotations.NullMarked;
