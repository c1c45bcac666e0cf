/// The filter `waf`: makes the engine judge the requests and responses of a gateway. Nothing else in the room knows the gateway.
@NullMarked
package io.jigress.waf.filter;

import org.jspecify.annotations.NullMarked;
