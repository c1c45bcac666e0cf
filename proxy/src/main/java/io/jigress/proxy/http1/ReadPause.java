package io.jigress.proxy.http1;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.CompositeByteBuf;
import io.netty.channel.Channel;
import org.jspecify.annotations.Nullable;

/// Stops reading from a client's connection (auto-read off), and owns the bytes that had arrived by then and cannot be processed
/// yet: a pipelined request, or a body whose receiver is congested. They are at most what the channel delivers in one batch of reads.
/// Event loop only.
final class ReadPause {
    private final Channel channel;
    private @Nullable ByteBuf unread;
    private boolean on;

    ReadPause(Channel channel) {
        this.channel = channel;
    }

    boolean isOn() { return on; }

    void begin() {
        set(true);
    }

    /// Reads again. The unread bytes stay until they are taken.
    void end() {
        set(false);
    }

    private void set(boolean paused) {
        if (on != paused) {
            on = paused;
            channel.config().setAutoRead(!paused);
        }
    }

    boolean hasUnread() {
        return unread != null;
    }

    int unreadBytes() {
        return unread == null ? 0 : unread.readableBytes();
    }

    /// Pauses with bytes that cannot be processed yet; takes ownership.
    void begin(ByteBuf bytes) {
        unread = bytes;
        begin();
    }

    /// Adds bytes to the unread ones, if there are any; then it takes ownership.
    ///
    /// @return whether there were any
    boolean append(ByteBuf bytes) {
        ByteBuf before = unread;
        if (before == null) {
            return false;
        }
        CompositeByteBuf both = before instanceof CompositeByteBuf composite
                ? composite
                : before.alloc().compositeBuffer(Integer.MAX_VALUE).addComponent(true, before);
        unread = both.addComponent(true, bytes);
        return true;
    }

    /// The unread bytes, which become the caller's.
    @Nullable ByteBuf take() {
        ByteBuf bytes = unread;
        unread = null;
        return bytes;
    }

    void releaseUnread() {
        ByteBuf bytes = take();
        if (bytes != null) {
            bytes.release();
        }
    }
}
