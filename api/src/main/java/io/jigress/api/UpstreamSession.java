package io.jigress.api;

import io.netty.buffer.ByteBuf;

/// A protocol's state on one connection. Event loop only.
public interface UpstreamSession {

    /// The cause of [#closed] when the peer closed the connection normally.
    String ENDED = "ended by the upstream";

    /// The cause of [#closed] when the gateway could not read or write for lack of memory (`memory.direct`).
    String OUT_OF_MEMORY = "out of memory";

    /// How many calls it may carry at once right now; at least 1 on a fresh connection, 0 when it must not be used for new ones. A
    /// connection without calls that answers 0 is closed. A change is reported with [UpstreamChannel#changed].
    int concurrency();

    /// How many calls it carries: opened, and neither ended nor cancelled. A change is reported with [UpstreamChannel#changed], except for the
    /// one that [#open] makes.
    int active();

    /// Sends a request; called while [#active] is below [#concurrency]. The body follows through the call unless `last`. What the
    /// session queues here is flushed by the gateway soon afterwards, together with what else it has for this connection.
    ///
    /// @param head valid until the call is over, and not to be changed: another attempt may send it again; [Headers#endToEnd] selects the fields to forward
    /// @param sink is called with the results as [ResponseSink] describes, not from within this method
    UpstreamCall open(RequestHead head, boolean last, ResponseSink sink);

    /// Bytes from the peer. Borrowed: the session retains what it passes on.
    void read(ByteBuf bytes);

    /// A batch of reads is over.
    default void readComplete() {}

    /// The send queue became writable again.
    default void writable() {}

    /// The peer has ended its sending direction (FIN): nothing more is read. True when the session goes on sending, so that the
    /// connection stays; false closes it.
    default boolean inputEnded() {
        return false;
    }

    /// The connection is closed, by either side; `cause` is [#ENDED], [#OUT_OF_MEMORY] or a text for the log. Open calls must be
    /// failed. Afterwards no method of this session is called, only methods of its calls.
    void closed(String cause);
}
