package io.jigress.api;

import io.netty.buffer.ByteBuf;

/// A request that is under way. Event loop only. A call that is over takes what still comes and does nothing with it.
public interface UpstreamCall {

    /// Sends a part of the body; takes ownership. Nothing may follow the last.
    void body(ByteBuf data, boolean last);

    /// Ends the body with trailers, in place of `last`. Valid only during the call of this method.
    void trailers(Headers trailers);

    /// Whether more of the body should come now; after false, [ResponseSink#writable] tells when.
    boolean writable();

    /// Bytes of the request that the peer has not taken yet, as far as is known; a session with one call asks its channel. For timers.
    default long untaken() {
        return 0;
    }

    /// Stops or restarts the response's body (the client is slow). Parts that are on their way may still come, and the sink takes
    /// them: so does a message that came whole. A session with several calls keeps what comes for this one up to a limit and fails
    /// it beyond; it does not stop the connection, which would stop the others too.
    void reading(boolean on);

    /// The response is no longer needed. The sink is not called afterwards.
    void cancel();
}
