package io.jigress.plugins.wasm.abi;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import org.jspecify.annotations.Nullable;

/// The bytes of a body that a plugin sees: those of the part that it was given, or a copy that it has changed or buffers.
final class BodyBytes {
    private @Nullable ByteBuf borrowed;
    private @Nullable ByteBuf own;

    /// A part of the body has arrived; what is buffered stands before it.
    void arrived(ByteBuf part) {
        ByteBuf before = own;
        if (before == null) {
            borrowed = part;
        } else {
            before.writeBytes(part, part.readerIndex(), part.readableBytes());
        }
    }

    boolean isOwn() { return own != null; }

    int size() {
        ByteBuf now = now();
        return now == null ? 0 : now.readableBytes();
    }

    private @Nullable ByteBuf now() {
        return own != null ? own : borrowed;
    }

    /// @return null when there is no body now
    byte @Nullable [] copy(int start, int length) {
        ByteBuf now = now();
        if (now == null) {
            return null;
        }
        int from = Math.min(start, now.readableBytes());
        byte[] bytes = new byte[Math.min(length, now.readableBytes() - from)];
        now.getBytes(now.readerIndex() + from, bytes);
        return bytes;
    }

    boolean isPresent() { return now() != null; }

    /// Keeps the bytes beyond the callback.
    void keep() {
        ByteBuf part = borrowed;
        if (own == null) {
            own = part == null
                    ? Unpooled.buffer(0)
                    : Unpooled.buffer(part.readableBytes()).writeBytes(part, part.readerIndex(),
                            part.readableBytes());
        }
        borrowed = null;
    }

    void prepend(byte[] bytes) {
        byte[] rest = copy(0, Integer.MAX_VALUE);
        replace(bytes);
        if (rest != null && own != null) {
            own.writeBytes(rest);
        }
    }

    void append(byte[] bytes) {
        keep();
        if (own != null) {
            own.writeBytes(bytes);
        }
    }

    void replace(byte[] bytes) {
        drop();
        own = Unpooled.buffer(bytes.length).writeBytes(bytes);
    }

    /// Gives the own bytes away; an empty buffer when there are none.
    ByteBuf take() {
        ByteBuf given = own == null ? Unpooled.EMPTY_BUFFER : own;
        own = null;
        borrowed = null;
        return given;
    }

    /// The callback is over.
    void endCallback() {
        borrowed = null;
    }

    void drop() {
        if (own != null) {
            own.release();
            own = null;
        }
        borrowed = null;
    }
}
