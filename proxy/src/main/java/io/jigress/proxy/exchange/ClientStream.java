package io.jigress.proxy.exchange;

import io.jigress.api.Headers;
import io.jigress.api.ResponseHead;
import io.netty.buffer.ByteBuf;

/// The client's side of an exchange: what an HTTP version does with a response. Event loop only.
public interface ClientStream {

    void informational(ResponseHead head);

    /// @param framing a length or a constant of [io.jigress.proxy.http.Framing]
    /// @param last no body follows
    void head(ResponseHead head, long framing, boolean last);

    /// Takes ownership.
    void body(ByteBuf data, boolean last);

    void trailers(Headers trailers);

    /// Both sides leave HTTP: bytes pass as they come from now on. The last part of the body ends only its own direction.
    void tunnel(ResponseHead head);

    /// A filter needs the body: a client that waits for a 100 gets it.
    void proceed();

    void flush();

    boolean writable();

    /// Whether the client sends its body only after a 100, and has not been sent one.
    default boolean awaitsContinue() {
        return false;
    }

    /// Bytes that were written and that the client has not received yet: not acknowledged, where the system tells, else not sent. For
    /// timers.
    default long untaken() {
        return 0;
    }

    /// Stops or restarts the request's body.
    void reading(boolean on);

    /// Bytes received of this exchange so far, head included.
    long bytesReceived();

    long bytesSent();

    /// The exchange is over and its response complete.
    void completed();

    /// The response cannot be completed: the client must be able to see that it is truncated.
    void abort();
}
