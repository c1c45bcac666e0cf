/// Sockets: opening, accepting, and the handlers of each connection.
@NullMarked
package io.jigress.proxy.listen;

import org.jspecify.annotations.NullMarked;
