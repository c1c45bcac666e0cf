/// What `jigress train` puts on a gateway, so that the JVM records how the request path is used.
@NullMarked
package io.jigress.app.train;

import org.jspecify.annotations.NullMarked;
