/// The filter `waf`: evaluates the requests and responses of a gateway with the engine. The only package of the room that depends on the gateway.
@NullMarked
package io.jigress.waf.filter;

import org.jspecify.annotations.NullMarked;
