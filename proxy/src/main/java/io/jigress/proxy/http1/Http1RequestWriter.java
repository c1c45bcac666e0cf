package io.jigress.proxy.http1;

import io.jigress.api.Headers;
import io.jigress.api.RequestHead;
import io.jigress.api.UpstreamChannel;
import io.jigress.proxy.http.Framing;
import io.jigress.proxy.http.ReceivedRequest;
import io.jigress.proxy.upstream.LoopChannel;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;

/// Writes requests to an upstream's connection, one after another, in the framing that each head declares. Event loop only.
final class Http1RequestWriter {
    /// Chunks up to this size are copied, to go out in one buffer with what frames them.
    private static final int COPIED_BYTES = 4 * 1024;

    private final UpstreamChannel channel;
    /// A length or a constant of [Framing].
    private long framing;
    /// Bytes of a declared length that are still to come.
    private long left;
    private boolean complete = true;

    Http1RequestWriter(UpstreamChannel channel) {
        this.channel = channel;
    }

    /// Whether the request has been written to its end.
    boolean isComplete() { return complete; }

    /// @param last no body follows
    void head(RequestHead request, boolean last, ConnectionField field) {
        complete = last;
        framing = framing(request, last);
        left = Math.max(0, framing);
        channel.write(HeadWriter.request(channel.allocator(), request, framing, field));
        if (last) {
            channel.flush();
        }
    }

    private static long framing(RequestHead request, boolean last) {
        long declared = request instanceof ReceivedRequest received ? received.framing() : declared(request);
        if (last) {
            return declared == Framing.NONE ? Framing.NONE : 0;
        }
        return declared == Framing.NONE ? Framing.CHUNKED : declared;
    }

    private static long declared(RequestHead request) {
        long length = request.contentLength();
        if (length < 0) {
            return Framing.CHUNKED;
        }
        return length == 0 ? switch (request.method()) {
            case "POST", "PUT", "PATCH" -> 0;
            default -> Framing.NONE;
        } : length;
    }

    /// Takes ownership.
    ///
    /// @return whether the body is as long as was declared, as far as it has come; else nothing was written
    boolean body(ByteBuf data, boolean last) {
        int length = data.readableBytes();
        if (framing == Framing.CHUNKED) {
            chunk(data, length, last);
        } else if (length > left || last && length < left) {
            data.release();
            return false;
        } else {
            left -= length;
            write(data);
        }
        complete = last;
        if (!last && channel instanceof LoopChannel own) {
            own.flushSoon(length);
        } else {
            channel.flush();
        }
        return true;
    }

    /// Ends the body.
    ///
    /// @return as [#body]
    boolean trailers(Headers trailers) {
        if (framing != Framing.CHUNKED) {
            // A body of declared length has no place for them.
            return body(Unpooled.EMPTY_BUFFER, true);
        }
        channel.write(HeadWriter.lastChunk(channel.allocator(), trailers));
        complete = true;
        channel.flush();
        return true;
    }

    /// Bytes of a tunnel; takes ownership.
    void tunnel(ByteBuf data) {
        write(data);
        channel.flush();
    }

    private void write(ByteBuf data) {
        if (data.isReadable()) {
            channel.write(data);
        } else {
            data.release();
        }
    }

    private void chunk(ByteBuf data, int length, boolean last) {
        boolean copied = length <= COPIED_BYTES;
        ByteBuf frame;
        try {
            frame = channel.allocator().ioBuffer((copied ? length : 0) + 3 * ChunkEncoder.MAX_BYTES);
        } catch (OutOfMemoryError e) {
            data.release();
            throw e;
        }
        if (copied) {
            ChunkEncoder.write(frame, data);
            data.release();
        } else {
            ChunkEncoder.writeSize(frame, length);
            channel.write(frame.readRetainedSlice(frame.readableBytes()));
            channel.write(data);
            ChunkEncoder.writeEnd(frame);
        }
        if (last) {
            ChunkEncoder.writeLast(frame);
        }
        write(frame);
    }
}
