package io.jigress.proxy.loop;

import io.netty.channel.Channel;
import io.netty.channel.ChannelOutboundBuffer;

/// A connection that may queue bytes in direct memory. Event loop only; see [LoopMemory].
public interface BufferOwner {
    Channel channel();

    /// The most that is queued before its source is paused, while there is enough memory.
    int queueBytes();

    /// The bytes that it holds now.
    long held();

    /// Releases them: the connection is closed, and its exchange fails.
    void shed();

    /// The bytes that wait to be written to a channel.
    static long unsent(Channel channel) {
        ChannelOutboundBuffer queue = channel.unsafe().outboundBuffer();
        return queue == null ? 0 : queue.totalPendingWriteBytes();
    }
}
