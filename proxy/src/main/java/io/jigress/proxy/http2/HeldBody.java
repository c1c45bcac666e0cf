package io.jigress.proxy.http2;

import io.netty.buffer.ByteBuf;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/// The part of a body that has arrived and cannot be passed on yet: at most the window of its stream, since it is not credited. Event loop only.
final class HeldBody {
    private final ArrayDeque<ByteBuf> parts = new ArrayDeque<>(4);
    private @Nullable Http2Trailers trailers;
    private long bytes;

    /// Takes ownership.
    void add(ByteBuf data) {
        parts.add(data);
        bytes += data.readableBytes();
    }

    /// Takes ownership.
    void end(Http2Trailers section) {
        trailers = section;
    }

    boolean hasData() { return !parts.isEmpty(); }

    boolean hasTrailers() { return trailers != null; }

    boolean isEmpty() { return parts.isEmpty() && trailers == null; }

    long bytes() {
        return bytes;
    }

    /// The next part; the caller owns it.
    ByteBuf next() {
        ByteBuf data = parts.remove();
        bytes -= data.readableBytes();
        return data;
    }

    /// The trailers, if there are some; the caller owns them.
    @Nullable Http2Trailers trailers() {
        Http2Trailers section = trailers;
        trailers = null;
        return section;
    }

    /// Releases all, and credits the connection with it.
    void drop(Inflow inflow) {
        while (!parts.isEmpty()) {
            ByteBuf data = next();
            inflow.credit(data.readableBytes());
            data.release();
        }
        Http2Trailers section = trailers();
        if (section != null) {
            section.release();
        }
    }
}
