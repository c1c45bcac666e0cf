package io.jigress.api;

import io.netty.buffer.ByteBuf;

/// The result of a gRPC call with one message each way.
public sealed interface GrpcResult {

    /// The server's message, with status OK.
    ///
    /// @param message borrowed: retain what is kept longer than the callback
    /// @param trailers may be kept
    record Message(ByteBuf message, Headers trailers) implements GrpcResult {}

    /// No message with status OK was received.
    record Failed(GrpcStatus status) implements GrpcResult {}
}
