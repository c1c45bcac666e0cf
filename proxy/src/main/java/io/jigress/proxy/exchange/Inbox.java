package io.jigress.proxy.exchange;

import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/// What arrives of a body while a filter waits. More than a little of it stops the sender. Event loop only.
final class Inbox {
    private static final int LIMIT_BYTES = 64 * 1024;

    private final MessageExit exit;
    private @Nullable ByteBuf bytes;
    private boolean last;
    private boolean congested;

    Inbox(MessageExit exit) {
        this.exit = exit;
    }

    void begin() {
        congested = false;
    }

    /// Takes ownership.
    void add(ByteBuf data, boolean end) {
        bytes = Parts.join(bytes, data);
        last = end;
        backpressure();
    }

    /// All of it; the caller owns it. Null when there is nothing.
    @Nullable ByteBuf take() {
        ByteBuf all = bytes;
        bytes = null;
        return all;
    }

    /// Whether what [#take] gave is the end of the body.
    boolean last() {
        return last;
    }

    boolean isCongested() { return congested; }

    long length() {
        return BodyPart.length(bytes);
    }

    /// Stops the sender, or lets it go on.
    void backpressure() {
        boolean now = length() > LIMIT_BYTES;
        if (now != congested) {
            congested = now;
            exit.congested(now);
        }
    }

    void clear() {
        bytes = BodyPart.release(bytes);
        last = false;
    }
}
