/// The Dubbo 2 wire format: frames, their bodies, and Hessian 2. Bytes become values here and nothing else: no class is ever loaded or
/// made because a peer named it.
///
/// Reading order: [Frame], [HessianValue], [HessianReader], [HessianWriter], [ReplyReader].
@NullMarked
package io.jigress.dubbo.wire;

import org.jspecify.annotations.NullMarked;
