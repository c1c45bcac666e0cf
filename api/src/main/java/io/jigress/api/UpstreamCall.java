package io.jigress.api;

import io.netty.buffer.ByteBuf;

/// A request in progress. Event loop only. Methods of a call that is over have no effect; they still take ownership.
public interface UpstreamCall {

    /// Sends a part of the body; takes ownership. Nothing may follow the last.
    void body(ByteBuf data, boolean last);

    /// Ends the body with trailers, in place of `last`. Valid only during the call of this method.
    void trailers(Headers trailers);

    /// Whether more of the body should be sent now; after false, [ResponseSink#writable] is called when it should.
    boolean writable();

    /// Bytes of the request that the peer has not acknowledged yet, if known; a session with one call asks its channel. For timers.
    default long untaken() {
        return 0;
    }

    /// Stops or restarts the response's body (the client is slow). Parts that are already on their way, or a message that arrived whole,
    /// may still be delivered, and the sink must take them. A session with several calls buffers what arrives for this one up to a limit
    /// and fails it beyond that; it does not stop reading from the connection, which would stop the other calls too.
    void reading(boolean on);

    /// The response is no longer needed. The sink is not called afterwards.
    void cancel();
}
