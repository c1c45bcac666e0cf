package io.jigress.proxy.exchange;

import io.jigress.api.Headers;
import io.jigress.api.LocalReply;
import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/// Receives a message that has passed the filters, and the events of a [FilterPass]. Event loop only.
interface MessageExit {
    /// The length of a body that a filter may still change.
    long UNKNOWN = -1;
    /// No filter can have changed the body.
    long UNCHANGED = -2;

    /// @param bodyLength the length of the whole body when a filter changed it and it is known, else [#UNKNOWN] or [#UNCHANGED]
    void head(long bodyLength, boolean last);

    void body(ByteBuf data, boolean last);

    void trailers(Headers trailers);

    void reply(LocalReply reply);

    /// A filter failed: it threw, or returned a decision that is not allowed.
    void broken(String filter, @Nullable Throwable cause, String what);

    void heldTooMuch();

    /// Backpressure: pauses the sender because too many bytes are queued, or resumes it.
    void congested(boolean yes);

    /// All filters have seen the head: adds those that only now are known to take part ([FilterPass#replace]).
    ///
    /// @return whether there are any
    boolean addsFilters();

    /// Whether the receiver accepts more.
    boolean isWritable();

    /// Whether the message can have no body, whatever filters do.
    boolean isBodiless();

    /// A filter has sent something by itself: the exchange is not silent.
    void touch();

    /// Passing on bytes that a filter sent outside of a callback has thrown.
    void broke(Throwable thrown);
}
