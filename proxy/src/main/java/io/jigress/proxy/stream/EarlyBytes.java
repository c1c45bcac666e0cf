package io.jigress.proxy.stream;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import org.jspecify.annotations.Nullable;

/// What a client sends before its endpoint is connected, in one buffer however it arrives: a buffer for each read would take much more memory than the
/// bytes. Event loop only.
final class EarlyBytes {
    /// How much is kept; the rest waits in the kernel.
    private static final int FULL = 16 * 1024;

    private @Nullable ByteBuf kept;

    /// Takes ownership.
    ///
    /// @return whether no more should be read
    boolean addAndCheckFull(ByteBuf data) {
        ByteBuf before = kept;
        if (before == null) {
            kept = data;
            return data.readableBytes() >= FULL;
        }
        try {
            before.writeBytes(data);
        } finally {
            data.release();
        }
        return before.readableBytes() >= FULL;
    }

    /// Takes them out; an empty buffer when there are none.
    ByteBuf take() {
        ByteBuf all = kept;
        kept = null;
        return all == null ? Unpooled.EMPTY_BUFFER : all;
    }

    int bytes() {
        ByteBuf all = kept;
        return all == null ? 0 : all.readableBytes();
    }
}
