/// Sockets: opening them, accepting, and what stands on each connection.
@NullMarked
package io.jigress.proxy.listen;

import org.jspecify.annotations.NullMarked;
