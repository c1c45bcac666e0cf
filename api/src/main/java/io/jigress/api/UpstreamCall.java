package io.jigress.api;

import io.netty.buffer.ByteBuf;

/// A request that is under way. Event loop only.
public interface UpstreamCall {

    /// Sends a part of the body; takes ownership. Nothing may follow the last.
    void body(ByteBuf data, boolean last);

    /// Ends the body with trailers, in place of `last`.
    void trailers(Headers trailers);

    /// Whether more of the body should come now; after false, [ResponseSink#writable] tells when.
    boolean writable();

    /// Stops or restarts the response's body (the client is slow).
    void reading(boolean on);

    /// Nobody wants the response any more. The sink hears nothing afterwards.
    void cancel();
}
