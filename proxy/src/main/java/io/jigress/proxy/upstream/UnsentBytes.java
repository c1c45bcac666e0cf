package io.jigress.proxy.upstream;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import org.jspecify.annotations.Nullable;

/// What was written to an upstream connection and not sent yet: it goes out in as few sends as possible. Event loop only.
final class UnsentBytes {
    /// So much is not kept for one send with what may follow: it would fill the queue, and stop who sends it.
    private static final int SEND_BYTES = UpstreamConnection.QUEUE_BYTES / 2;

    private final Runnable flush = this::flush;
    private final Runnable delayedFlush = this::flushOfTurn;
    private @Nullable ChannelHandlerContext context;
    private boolean unflushed;
    /// Bytes of bodies that wait for the delayed flush.
    private int delayedBytes;
    private boolean flushDelayed;

    void begin(ChannelHandlerContext connection) {
        context = connection;
    }

    private ChannelHandlerContext context() {
        if (context == null) {
            throw new IllegalStateException("not connected");
        }
        return context;
    }

    /// Takes ownership.
    void write(ByteBuf bytes) {
        ChannelHandlerContext to = context();
        unflushed = true;
        to.write(bytes, to.voidPromise());
    }

    void flush() {
        delayedBytes = 0;
        if (unflushed) {
            unflushed = false;
            context().flush();
        }
    }

    /// In a later task of the loop.
    void flushLater() {
        if (unflushed) {
            context().channel().eventLoop().execute(flush);
        }
    }

    /// See [LoopChannel#flushSoon].
    void flushSoon(int bytes) {
        delayedBytes += bytes;
        if (delayedBytes >= SEND_BYTES) {
            flush();
        } else if (!flushDelayed) {
            flushDelayed = true;
            context().channel().eventLoop().execute(delayedFlush);
        }
    }

    private void flushOfTurn() {
        flushDelayed = false;
        flush();
    }

    /// Sends what waits for a delayed flush.
    void flushDelayed() {
        if (delayedBytes > 0) {
            flush();
        }
    }
}
