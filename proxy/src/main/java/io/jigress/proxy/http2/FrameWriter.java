package io.jigress.proxy.http2;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufUtil;
import org.jspecify.annotations.Nullable;

/// Writes frames to a connection: the frames of all streams of a turn of the event loop go out together, in few buffers and with one
/// flush. Event loop only.
final class FrameWriter implements Runnable {
    /// The connection under it.
    interface Wire {
        ByteBufAllocator allocator();

        /// Queues bytes; takes ownership.
        void write(ByteBuf bytes);

        void flush();

        /// Runs a task after the current task of the loop.
        void later(Runnable task);
    }

    /// Parts of a body up to this size are copied behind their frame header.
    private static final int COPIED_BYTES = Frames.PAYLOAD_BYTES;
    private static final int LEAST_BUFFER = 4 * 1024;
    /// The largest buffer that the allocator caches per thread.
    private static final int MOST_BUFFER = 32 * 1024;
    /// After this many bytes there is a flush, so that large bodies stay in the CPU caches.
    private static final int FLUSHED_BYTES = 64 * 1024;
    private static final int STREAM_CONTROL_BYTES = 4;

    private final Wire wire;
    /// The buffer to which further frames are appended.
    private @Nullable ByteBuf out;
    private int bufferBytes = LEAST_BUFFER;
    /// Queued on the wire and not flushed.
    private int queued;
    private boolean flushScheduled;
    private boolean closed;

    FrameWriter(Wire wire) {
        this.wire = wire;
    }

    // ---- frames

    private ByteBuf frame(int type, int flags, int streamId, int length) {
        ByteBuf to = room(Frames.HEADER_BYTES + length);
        header(to, type, flags, streamId, length);
        flushLater();
        return to;
    }

    private static void header(ByteBuf to, int type, int flags, int streamId, int length) {
        to.writeLong((long) length << 40 | (long) type << 32 | (long) flags << 24 | streamId >>> 8);
        to.writeByte(streamId);
    }

    /// The client's connection preface.
    void preface() {
        if (!closed) {
            room(Frames.prefaceLength()).writeBytes(Frames.preface());
        }
    }

    /// @param pairs identifiers and values
    void settings(int... pairs) {
        if (closed) {
            return;
        }
        ByteBuf to = frame(Frames.SETTINGS, 0, 0, pairs.length * 3);
        for (int i = 0; i < pairs.length; i += 2) {
            to.writeShort(pairs[i]);
            to.writeInt(pairs[i + 1]);
        }
    }

    void settingsAck() {
        if (!closed) {
            frame(Frames.SETTINGS, Frames.ACK, 0, 0);
        }
    }

    void ping(long data, boolean ack) {
        if (!closed) {
            frame(Frames.PING, ack ? Frames.ACK : 0, 0, Long.BYTES).writeLong(data);
        }
    }

    void windowUpdate(int streamId, int bytes) {
        if (!closed) {
            frame(Frames.WINDOW_UPDATE, 0, streamId, STREAM_CONTROL_BYTES).writeInt(bytes);
        }
    }

    void reset(int streamId, ErrorCode code) {
        if (!closed) {
            frame(Frames.RST_STREAM, 0, streamId, STREAM_CONTROL_BYTES).writeInt(code.code());
        }
    }

    void goAway(int lastStreamId, ErrorCode code, String debug) {
        if (!closed) {
            ByteBuf to = frame(Frames.GOAWAY, 0, 0, 2 * STREAM_CONTROL_BYTES + debug.length());
            to.writeInt(lastStreamId).writeInt(code.code());
            ByteBufUtil.writeAscii(to, debug);
        }
    }

    /// A header block, in as many frames as the peer's longest payload needs.
    void headers(int streamId, byte[] block, int length, int longest, boolean last) {
        if (closed) {
            return;
        }
        int from = 0;
        int type = Frames.HEADERS;
        int flags = last ? Frames.END_STREAM : 0;
        do {
            int part = Math.min(longest, length - from);
            boolean end = from + part == length;
            frame(type, end ? flags | Frames.END_HEADERS : flags, streamId, part).writeBytes(block, from, part);
            from += part;
            type = Frames.CONTINUATION;
            flags = 0;
        } while (from < length);
    }

    /// A DATA frame with the first `length` bytes of a buffer, which remains the caller's. A long body is sent from its own buffer.
    void data(int streamId, ByteBuf from, int length, boolean last) {
        if (closed) {
            from.skipBytes(length);
            return;
        }
        int flags = last ? Frames.END_STREAM : 0;
        if (from.readableBytes() <= COPIED_BYTES) {
            frame(Frames.DATA, flags, streamId, length).writeBytes(from, length);
            return;
        }
        ByteBuf to = room(Frames.HEADER_BYTES);
        header(to, Frames.DATA, flags, streamId, length);
        queue(to.readRetainedSlice(to.readableBytes()));
        queue(from.readRetainedSlice(length));
        flushLater();
    }

    // ---- buffers

    /// The unsent buffer, with room for this many bytes.
    private ByteBuf room(int length) {
        ByteBuf known = out;
        if (known != null && known.writableBytes() >= length) {
            return known;
        }
        if (known != null) {
            bufferBytes = Math.min(MOST_BUFFER, 2 * bufferBytes);
            push();
        }
        ByteBuf fresh = wire.allocator().directBuffer(Math.max(bufferBytes, length));
        out = fresh;
        return fresh;
    }

    private void push() {
        ByteBuf ready = out;
        if (ready != null) {
            out = null;
            queue(ready);
        }
    }

    private void queue(ByteBuf bytes) {
        queued += bytes.readableBytes();
        wire.write(bytes);
        if (queued >= FLUSHED_BYTES) {
            flushQueued();
        }
    }

    private void flushQueued() {
        queued = 0;
        wire.flush();
    }

    /// Bytes that have not been given to the wire.
    int pending() {
        ByteBuf unsent = out;
        return unsent == null ? 0 : unsent.readableBytes();
    }

    void flush() {
        ByteBuf unsent = out;
        if (unsent != null && unsent.readableBytes() < bufferBytes / 4) {
            bufferBytes = Math.max(LEAST_BUFFER, bufferBytes / 2);
        }
        push();
        if (queued > 0) {
            flushQueued();
        }
    }

    /// Flushes after the current task of the loop, so that the frames of several streams are sent together.
    private void flushLater() {
        if (!flushScheduled) {
            flushScheduled = true;
            wire.later(this);
        }
    }

    @Override
    public void run() {
        flushScheduled = false;
        if (!closed) {
            flush();
        }
    }

    /// The connection is gone.
    void close() {
        closed = true;
        ByteBuf unsent = out;
        if (unsent != null) {
            out = null;
            unsent.release();
        }
    }
}
