package io.jigress.proxy.exchange;

import io.jigress.api.Body;
import io.jigress.api.Headers;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import org.jspecify.annotations.Nullable;

/// The argument of a filter's body callback: bytes that the filter may read, replace or keep. Created for each message, so that a reference
/// which a filter keeps after its exchange does not affect another exchange. Event loop only.
final class BodyPart implements Body {
    /// While a callback runs.
    private @Nullable ByteBuf data;
    private boolean last;
    private boolean changeable;
    /// Those of a held body; a copy that is the message's own.
    private @Nullable Headers trailers;
    private int reader;
    private int writer;

    /// A callback begins.
    ///
    /// @param may whether the filter may replace the bytes
    /// @param following the trailers of a held body; null when there are none
    void show(ByteBuf bytes, boolean end, boolean may, @Nullable Headers following) {
        trailers = following;
        data = bytes;
        last = end;
        changeable = may;
        reader = bytes.readerIndex();
        writer = bytes.writerIndex();
    }

    /// The callback is over; the caller owns what it left.
    ByteBuf take(ByteBuf shown) {
        ByteBuf left = data;
        data = null;
        trailers = null;
        if (left == null) {
            return Unpooled.EMPTY_BUFFER;
        }
        // Reading by a filter does not consume the bytes.
        return left == shown ? left.setIndex(reader, writer) : left;
    }

    private ByteBuf shown() {
        ByteBuf bytes = data;
        if (bytes == null) {
            throw new IllegalStateException("no body callback is running");
        }
        return bytes;
    }

    @Override
    public ByteBuf data() {
        return shown();
    }

    @Override
    public boolean last() {
        shown();
        return last;
    }

    @Override
    public @Nullable Headers trailers() {
        shown();
        return trailers;
    }

    @Override
    public void replace(ByteBuf bytes) {
        ByteBuf before;
        try {
            before = shown();
            if (!changeable) {
                throw new IllegalStateException("the filter only reads such bodies (expected: the interest to change them)");
            }
        } catch (IllegalStateException e) {
            bytes.release();
            throw e;
        }
        if (before != bytes) {
            before.release();
            data = bytes;
        }
    }

    static long length(@Nullable ByteBuf bytes) {
        return bytes == null ? 0 : bytes.readableBytes();
    }

    static @Nullable ByteBuf release(@Nullable ByteBuf bytes) {
        if (bytes != null) {
            bytes.release();
        }
        return null;
    }
}
