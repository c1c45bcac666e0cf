package io.jigress.api;

import io.netty.buffer.ByteBuf;

/// Where the results of a [GrpcCall] go: metadata, messages, then the status. Event loop only.
public interface GrpcSink {

    /// The metadata at the beginning of the response, which may be kept. Not called for a response that consists of a status only.
    default void headers(Headers metadata) {}

    /// A message of the response, whole. Borrowed: retain what is kept longer than the call of this method.
    void message(ByteBuf message);

    /// The call is over. No method is called afterwards.
    void ended(GrpcStatus status);

    /// More messages may be sent; called after [GrpcCall#writable] has returned false.
    default void writable() {}
}
