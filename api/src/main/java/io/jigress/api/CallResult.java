package io.jigress.api;

import io.netty.buffer.ByteBuf;

/// The result of a unary call.
public sealed interface CallResult {

    /// A complete response, whatever its status is.
    ///
    /// @param head may be kept
    /// @param body borrowed: retain what is kept longer than the callback; empty when there is none
    /// @param trailers may be kept; empty when there are none
    record Response(ResponseHead head, ByteBuf body, Headers trailers) implements CallResult {}

    /// No complete response was received.
    record Failed(ProxyFailure failure) implements CallResult {}
}
