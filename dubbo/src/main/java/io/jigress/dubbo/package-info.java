/// Dubbo 2 as an upstream protocol: [DubboProtocol] is the protocol of a gateway, [DubboServices] the mappings that its connections look up.
@NullMarked
package io.jigress.dubbo;

import org.jspecify.annotations.NullMarked;
