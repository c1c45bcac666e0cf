package io.jigress.api;

import io.netty.buffer.ByteBuf;

/// A protocol's state on one connection. Event loop only.
public interface UpstreamSession {

    /// The cause of [#closed] when the peer ended the connection in order.
    String ENDED = "ended by the upstream";

    /// The cause of [#closed] when the gateway could not read or write for want of memory (`memory.direct`).
    String OUT_OF_MEMORY = "out of memory";

    /// How many calls may be open at once right now; 0 when the connection must not be used for new ones.
    int concurrency();

    /// How many calls are open.
    int active();

    /// Sends a request. The body follows through the call unless `last`. Results go to `sink`, never from within this method
    /// before it has returned.
    UpstreamCall open(RequestHead head, boolean last, ResponseSink sink);

    /// Bytes from the peer. Borrowed: the session retains what it passes on.
    void read(ByteBuf bytes);

    /// A batch of reads is over.
    default void readComplete() {}

    /// The send queue became writable again.
    default void writable() {}

    /// The peer closed its side or the connection broke; `cause` is [#ENDED], [#OUT_OF_MEMORY] or a text for the log. Open calls must be failed.
    void closed(String cause);
}
