package io.jigress.proxy.http1;

import io.jigress.api.Headers;
import io.jigress.api.ResponseHead;
import io.jigress.proxy.http.Framing;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import org.jspecify.annotations.Nullable;

/// Writes responses to a client's HTTP/1 connection: a head and what little follows it go out in one buffer and one send, what a
/// batch of reads brings goes out together. Event loop only.
final class Http1ResponseWriter implements Runnable {
    /// A body up to this is copied behind its head, so that one buffer and one send carry both.
    private static final int COPIED_BYTES = 4 * 1024;
    private static final int TRAILER_ROOM = 1024;

    private @Nullable ChannelHandlerContext ctx;
    /// What may still grow before it is sent.
    private @Nullable ByteBuf out;
    private long sent;
    private long framing;
    private boolean bodyless;
    private boolean dirty;
    private boolean flushScheduled;
    private boolean closed;

    void attach(ChannelHandlerContext to) {
        ctx = to;
    }

    private ChannelHandlerContext ctx() {
        ChannelHandlerContext known = ctx;
        if (known == null) {
            throw new IllegalStateException("no channel yet");
        }
        return known;
    }

    /// Another exchange begins: counts anew.
    void begin() {
        sent = 0;
    }

    /// Bytes of this exchange, those included that wait to be sent.
    long sent() {
        ByteBuf unsent = out;
        return sent + (unsent == null ? 0 : unsent.readableBytes());
    }

    /// Whether only the end of the connection ends the response.
    boolean isUntilClose() { return framing == Framing.UNTIL_CLOSE; }

    /// An informational head.
    void informational(ResponseHead head) {
        write(HeadWriter.response(ctx().alloc(), head, Framing.NONE, ConnectionField.NONE, 0));
    }

    /// @param outgoing a length or a constant of [Framing]
    /// @param last no body follows, whatever the head says
    void head(ResponseHead head, long outgoing, ConnectionField field, boolean last) {
        framing = outgoing;
        bodyless = last;
        int room = outgoing > 0 && outgoing <= COPIED_BYTES ? (int) outgoing : 0;
        out = HeadWriter.response(ctx().alloc(), head, outgoing, field, room);
        flushLater();
    }

    /// The connection leaves HTTP: what follows goes out as it comes.
    void tunnel(ResponseHead head) {
        framing = Framing.UNTIL_CLOSE;
        bodyless = false;
        write(HeadWriter.response(ctx().alloc(), head, Framing.NONE, ConnectionField.UPGRADE, 0));
        flush();
    }

    /// Takes ownership.
    void body(ByteBuf data, boolean last) {
        if (closed || bodyless) {
            data.release();
        } else if (framing == Framing.CHUNKED) {
            chunk(data, last);
        } else if (data.readableBytes() <= COPIED_BYTES && out != null) {
            try {
                out.writeBytes(data);
            } finally {
                data.release();
            }
        } else {
            push();
            write(data);
        }
        if (last) {
            flush();
        } else {
            flushLater();
        }
    }

    private void chunk(ByteBuf data, boolean last) {
        int length = data.readableBytes();
        ByteBuf end;
        try {
            ByteBuf frame = frame(length <= COPIED_BYTES ? length + 3 * ChunkEncoder.MAX_BYTES : 3 * ChunkEncoder.MAX_BYTES);
            if (length <= COPIED_BYTES) {
                ChunkEncoder.write(frame, data);
                end = frame;
            } else {
                ChunkEncoder.writeSize(frame, length);
                end = ctx().alloc().directBuffer(2 * ChunkEncoder.MAX_BYTES);
                ChunkEncoder.writeEnd(end);
            }
        } catch (OutOfMemoryError e) {
            data.release();
            throw e;
        }
        if (length <= COPIED_BYTES) {
            data.release();
        } else {
            push();
            write(data);
            out = end;
        }
        if (last) {
            ChunkEncoder.writeLast(end);
        }
    }

    void trailers(Headers trailers) {
        if (closed) {
            return;
        }
        if (framing == Framing.CHUNKED && !bodyless) {
            ChunkEncoder.writeLast(frame(TRAILER_ROOM), trailers);
        }
        flush();
    }

    /// What has not been sent yet; else a buffer with this much room.
    private ByteBuf frame(int room) {
        ByteBuf frame = out;
        if (frame == null) {
            frame = ctx().alloc().directBuffer(room);
            out = frame;
        }
        return frame;
    }

    private void push() {
        ByteBuf ready = out;
        if (ready != null) {
            out = null;
            write(ready);
        }
    }

    /// Queues bytes as they are; takes ownership.
    void write(ByteBuf data) {
        if (closed) {
            data.release();
            return;
        }
        sent += data.readableBytes();
        dirty = true;
        ctx().write(data, ctx().voidPromise());
    }

    /// A batch of reads is over: sends what was written meanwhile, but not what may still grow.
    void readComplete() {
        if (dirty) {
            flush();
        }
    }

    void flush() {
        push();
        if (dirty) {
            dirty = false;
            ctx().flush();
        }
    }

    /// Flushes when the loop is done with what it read, so that a batch of parts goes out together.
    private void flushLater() {
        if (!flushScheduled && !closed) {
            flushScheduled = true;
            ctx().executor().execute(this);
        }
    }

    @Override
    public void run() {
        flushScheduled = false;
        if (!closed) {
            flush();
        }
    }

    /// Drops what has not been sent: the response is not to be completed.
    void drop() {
        ByteBuf unsent = out;
        if (unsent != null) {
            out = null;
            unsent.release();
        }
    }

    /// The connection is gone.
    void close() {
        closed = true;
        drop();
    }
}
