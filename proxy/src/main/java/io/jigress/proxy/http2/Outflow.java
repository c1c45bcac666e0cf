package io.jigress.proxy.http2;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/// Sends bodies within the flow-control windows of streams and connection (RFC 9113, 5.2), and within the connection's send queue. The rest is queued
/// at its stream; streams that can send take turns, one frame each. Event loop only.
final class Outflow {
    private final FrameWriter writer;
    private final BooleanSupplier wireWritable;
    private int window = Frames.WINDOW_BYTES;
    private int initialWindow = Frames.WINDOW_BYTES;
    /// DATA frames that were written, for which a peer may send updates of its windows.
    private long dataFrames;
    private @Nullable Http2Stream first;
    private @Nullable Http2Stream last;
    private boolean pumping;

    /// @param wireWritable whether the connection's send queue is below its limit
    Outflow(FrameWriter writer, BooleanSupplier wireWritable) {
        this.writer = writer;
        this.wireWritable = wireWritable;
    }

    /// The window with which a stream begins.
    int initialWindow() {
        return initialWindow;
    }

    long dataFrames() {
        return dataFrames;
    }

    // ---- sending

    /// Sends a part of a body, now or when it may be sent; takes ownership.
    void send(Http2Stream stream, ByteBuf data, boolean end) {
        if (stream.closed || !end && !data.isReadable()) {
            data.release();
            return;
        }
        if (!stream.hasUnsent() && (first == null || !data.isReadable())) {
            try {
                while (data.isReadable() && canSend(stream)) {
                    frame(stream, data, end);
                }
                if (!data.isReadable()) {
                    if (end && !stream.localEnded) {
                        // An empty part, which needs no window.
                        endWith(stream, data);
                    }
                    data.release();
                    return;
                }
            } catch (OutOfMemoryError e) {
                data.release();
                throw e;
            }
        }
        if (data.isReadable()) {
            stream.unsent.add(data);
            stream.unsentBytes += data.readableBytes();
        } else {
            data.release();
        }
        stream.endUnsent |= end;
        enqueue(stream);
    }

    /// Ends a body with trailers.
    ///
    /// @param block their header block, which refers to no dynamic table
    void sendTrailers(Http2Stream stream, byte[] block) {
        if (stream.closed) {
            return;
        }
        if (stream.hasUnsent()) {
            stream.trailersUnsent = block;
            stream.endUnsent = true;
            return;
        }
        endWithTrailers(stream, block);
    }

    private void endWith(Http2Stream stream, ByteBuf nothing) {
        writer.data(stream.id, nothing, 0, true);
        ended(stream);
    }

    private void endWithTrailers(Http2Stream stream, byte[] block) {
        writer.headers(stream.id, block, block.length, Frames.PAYLOAD_BYTES, true);
        ended(stream);
    }

    private static void ended(Http2Stream stream) {
        stream.localEnded = true;
        stream.endUnsent = false;
        stream.sendEnded();
    }

    private boolean canSend(Http2Stream stream) {
        return stream.sendWindow > 0 && window > 0 && wireWritable.getAsBoolean();
    }

    /// Writes one frame of `data`; the stream ends with it when `end` and nothing is left.
    private void frame(Http2Stream stream, ByteBuf data, boolean end) {
        int length = Math.min(Math.min(data.readableBytes(), Frames.PAYLOAD_BYTES), Math.min(window, stream.sendWindow));
        boolean whole = end && length == data.readableBytes();
        window -= length;
        stream.sendWindow -= length;
        dataFrames++;
        writer.data(stream.id, data, length, whole);
        if (whole) {
            ended(stream);
        }
    }

    // ---- writability

    /// Whether more of the stream's body should come now; else the stream is told when.
    boolean isWritable(Http2Stream stream) {
        boolean writable = !stream.hasUnsent() && canSend(stream);
        if (!writable && !stream.closed) {
            stream.awaitsWritable = true;
            enqueue(stream);
        }
        return writable;
    }

    /// The connection's send queue has room again.
    void wireBecameWritable() {
        pump();
    }

    /// @return false when the window would become larger than is allowed
    boolean connectionWindow(int more) {
        if (window > Frames.MAX_WINDOW - more) {
            return false;
        }
        window += more;
        pump();
        return true;
    }

    /// The same for a stream.
    boolean streamWindow(Http2Stream stream, int more) {
        if (stream.sendWindow > Frames.MAX_WINDOW - more) {
            return false;
        }
        stream.sendWindow += more;
        if (stream.hasUnsent() || stream.awaitsWritable) {
            enqueue(stream);
            pump();
        }
        return true;
    }

    /// The peer's SETTINGS_INITIAL_WINDOW_SIZE, which changes the windows of open streams too (RFC 9113, 6.9.2). [#windowsChanged] follows.
    ///
    /// @return false when a window would become larger than is allowed
    boolean initialWindow(int bytes, StreamTable<?> streams) {
        long difference = (long) bytes - initialWindow;
        initialWindow = bytes;
        boolean[] sound = {true};
        streams.forEach(stream -> {
            long sum = stream.sendWindow + difference;
            sound[0] &= sum <= Frames.MAX_WINDOW;
            stream.sendWindow = (int) Math.min(sum, Frames.MAX_WINDOW);
            if (stream.hasUnsent() || stream.awaitsWritable) {
                enqueue(stream);
            }
        });
        return sound[0];
    }

    /// Sends what the windows allow now.
    void windowsChanged() {
        pump();
    }

    // ---- the ring of streams that could send

    private void enqueue(Http2Stream stream) {
        if (stream.queued || stream.closed || stream.sendWindow <= 0 && stream.unsentBytes > 0
                || stream.sendWindow <= 0 && !stream.endUnsent) {
            return;
        }
        stream.queued = true;
        stream.next = null;
        stream.previous = last;
        if (last == null) {
            first = stream;
        } else {
            last.next = stream;
        }
        last = stream;
    }

    /// The stream sends nothing more.
    void remove(Http2Stream stream) {
        if (!stream.queued) {
            return;
        }
        Http2Stream before = stream.previous;
        Http2Stream after = stream.next;
        if (before == null) {
            first = after;
        } else {
            before.next = after;
        }
        if (after == null) {
            last = before;
        } else {
            after.previous = before;
        }
        stream.next = null;
        stream.previous = null;
        stream.queued = false;
    }

    private void pump() {
        if (pumping) {
            return;
        }
        pumping = true;
        try {
            for (Http2Stream stream = first; stream != null && window > 0 && wireWritable.getAsBoolean(); stream = first) {
                remove(stream);
                turn(stream);
            }
        } finally {
            pumping = false;
        }
    }

    private void turn(Http2Stream stream) {
        ByteBuf data = stream.unsent.peek();
        if (data != null && canSend(stream)) {
            int before = data.readableBytes();
            boolean end = stream.endUnsent && stream.unsent.size() == 1 && stream.trailersUnsent.length == 0;
            try {
                frame(stream, data, end);
            } finally {
                if (!stream.unsent.isEmpty() && stream.unsent.peek() == data) {
                    stream.unsentBytes -= before - data.readableBytes();
                    if (!data.isReadable()) {
                        stream.unsent.remove();
                        data.release();
                    }
                }
            }
        }
        if (stream.closed || stream.localEnded) {
            return;
        }
        if (stream.unsentBytes > 0) {
            enqueue(stream);
        } else if (stream.endUnsent) {
            if (stream.trailersUnsent.length > 0) {
                endWithTrailers(stream, stream.trailersUnsent);
            } else {
                endWith(stream, Unpooled.EMPTY_BUFFER);
            }
        } else if (stream.awaitsWritable && canSend(stream)) {
            stream.awaitsWritable = false;
            stream.becameWritable();
        } else if (stream.awaitsWritable) {
            enqueue(stream);
        }
    }
}
