package io.jigress.proxy.loop;

import io.netty.channel.Channel;
import io.netty.channel.ChannelOutboundBuffer;

/// A connection that may queue bytes in direct memory. Event loop only; see [LoopMemory].
public interface BufferOwner {
    Channel channel();

    /// The most that is queued to be sent before its source is paused, when there is memory enough.
    int queueBytes();

    /// How many bytes it holds now.
    long held();

    /// Frees them: the connection closes, and its exchange fails.
    void shed();

    /// What waits to be written to a channel.
    static long unsent(Channel channel) {
        ChannelOutboundBuffer queue = channel.unsafe().outboundBuffer();
        return queue == null ? 0 : queue.totalPendingWriteBytes();
    }
}
