/// Connections whose bytes pass as they are.
@NullMarked
package io.jigress.proxy.stream;

import org.jspecify.annotations.NullMarked;
