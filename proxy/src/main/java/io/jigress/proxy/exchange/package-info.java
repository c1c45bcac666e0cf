/// The life of a request, whatever the HTTP version on either side.
@NullMarked
package io.jigress.proxy.exchange;

import org.jspecify.annotations.NullMarked;
