/// The Dubbo 2 wire format: frames, their bodies, and Hessian 2. Bytes are converted to values only: no class is loaded or instantiated
/// because a peer named it.
///
/// Reading order: [Frame], [HessianValue], [HessianReader], [HessianWriter], [ReplyReader].
@NullMarked
package io.jigress.dubbo.wire;

import org.jspecify.annotations.NullMarked;
