/// HTTP/2 on both ends of a test, on Netty's frame codec: a server's side that drives exchanges as a codec of the gateway would, and a
/// client.
@NullMarked
package io.jigress.proxy.http2;

import org.jspecify.annotations.NullMarked;
