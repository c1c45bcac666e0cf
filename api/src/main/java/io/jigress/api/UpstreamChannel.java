package io.jigress.api;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;

/// The connection under an [UpstreamSession]: bytes out, flow control, closing. Event loop only.
public interface UpstreamChannel {

    ByteBufAllocator allocator();

    /// Queues bytes; takes ownership.
    void write(ByteBuf bytes);

    /// Sends what was queued. The gateway also flushes by itself after each batch of reads.
    void flush();

    /// Whether the send queue is below its high-water mark.
    boolean writable();

    /// Stops or restarts reading from the peer.
    void reading(boolean on);

    /// Closes the connection at once; calls that are open fail.
    void close();

    /// The session can take another call than before (a call ended, or the peer changed its limit).
    void available();
}
