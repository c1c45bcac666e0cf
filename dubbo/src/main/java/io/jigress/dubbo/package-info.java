/// Dubbo 2 as an upstream: [DubboProtocol] is what a gateway is given, [DubboServices] the mappings that its connections look up.
@NullMarked
package io.jigress.dubbo;

import org.jspecify.annotations.NullMarked;
