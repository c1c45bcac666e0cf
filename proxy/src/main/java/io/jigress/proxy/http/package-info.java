/// What every HTTP version shares: header lists, heads, and the limits and timeouts of clients. The lowest package of this room.
@NullMarked
package io.jigress.proxy.http;

import org.jspecify.annotations.NullMarked;
