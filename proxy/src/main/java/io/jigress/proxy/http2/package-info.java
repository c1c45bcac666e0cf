/// HTTP/2 (RFC 9113) with a codec of its own. Reading order: [io.jigress.proxy.http2.FrameReader] and
/// [io.jigress.proxy.http2.HpackDecoder] turn bytes into frames and heads, [io.jigress.proxy.http2.FrameWriter] and
/// [io.jigress.proxy.http2.HpackEncoder] the other way.
@NullMarked
package io.jigress.proxy.http2;

import org.jspecify.annotations.NullMarked;
