package io.jigress.proxy.exchange;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.CompositeByteBuf;
import io.netty.util.IllegalReferenceCountException;
import org.jspecify.annotations.Nullable;

/// Collects parts of a body that waits.
public final class Parts {
    /// Parts up to this size are copied: an object for each chunk of one byte would cost a hundred times what was sent.
    private static final int COPIED_BYTES = 4 * 1024;

    private Parts() {}

    /// Both, one behind the other; takes ownership of both.
    public static ByteBuf join(@Nullable ByteBuf before, ByteBuf data) {
        if (before == null) {
            return data;
        }
        int length = data.readableBytes();
        if (length == 0) {
            data.release();
            return before;
        }
        if (before.refCnt() == 0) {
            // A filter has returned a buffer that it had released.
            data.release();
            throw new IllegalReferenceCountException(0);
        }
        CompositeByteBuf both = before instanceof CompositeByteBuf composite
                ? composite
                : before.alloc().compositeBuffer(Integer.MAX_VALUE).addComponent(true, before);
        if (length > COPIED_BYTES) {
            // Components go behind all room, so there must be none.
            return both.capacity(both.writerIndex()).addComponent(true, data);
        }
        try {
            return both.writeBytes(data);
        } finally {
            data.release();
        }
    }
}
