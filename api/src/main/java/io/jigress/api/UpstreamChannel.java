package io.jigress.api;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.time.Duration;

/// The connection under an [UpstreamSession]: bytes out, flow control, time, closing. Event loop only.
public interface UpstreamChannel {

    ByteBufAllocator allocator();

    /// Queues bytes; takes ownership.
    void write(ByteBuf bytes);

    /// Sends what was queued. The gateway also flushes by itself after each batch of reads and after calls were opened.
    void flush();

    /// Whether the send queue is below its high-water mark.
    boolean writable();

    /// Bytes that were written and that the peer has not acknowledged yet, as reported by the operating system. A system call: for timers.
    long untaken();

    /// Stops or restarts reading from the peer, for all calls.
    void reading(boolean on);

    /// Ends the sending direction (FIN) once what is queued has been sent; nothing may be written afterwards. The peer may go on
    /// sending. When both directions have ended the connection closes.
    void shutdownOutput();

    /// Closes the connection at once, or, after [#shutdownOutput], once what is queued has been sent. [UpstreamSession#closed] follows, not from within this method.
    void close();

    /// Closes the connection at once with a reset (RST), so that the peer does not take what it has received for complete; what is queued is dropped.
    /// [UpstreamSession#closed] follows, not from within this method.
    void reset();

    /// What [UpstreamSession#concurrency] or [UpstreamSession#active] answers has changed: a call ended or was cancelled, the peer
    /// changed its limit or is about to go away. May open calls on the session, or close the connection, before it returns.
    void changed();

    /// The injected monotonic clock, in nanoseconds; only differences are meaningful.
    long nanoTime();

    /// Runs a task on this event loop after a delay, until cancelled or the connection is closed: for heartbeats, and, with a delay of
    /// zero, for results that are known within a method that must not report them.
    Services.Cancellable schedule(Duration delay, Runnable task);
}
