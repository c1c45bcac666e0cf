package io.jigress.proxy.exchange;

import io.jigress.api.BodyWriter;
import io.jigress.api.HeaderName;
import io.jigress.api.ListHeaders;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Bytes that a filter, or a local reply, sends into a message at one step of a [FilterPass].
final class StepWriter implements BodyWriter {
    private final FilterPass pass;
    private final int entry;
    private @Nullable Runnable onWritable;
    /// The sender was told to pause, and not yet to resume.
    private boolean stopped;
    /// Written although there was no room.
    private long excess;
    private volatile boolean over;

    /// @param entry the step that what is written comes to first
    StepWriter(FilterPass pass, int entry) {
        this.pass = pass;
        this.entry = entry;
    }

    @Override
    public boolean write(ByteBuf data) {
        if (over) {
            data.release();
            return false;
        }
        if (!writable()) {
            excess += data.readableBytes();
        }
        return pass.write(this, entry, data, false) && !over;
    }

    @Override
    public void end() {
        if (!over) {
            over = true;
            pass.write(this, entry, Unpooled.EMPTY_BUFFER, true);
        }
    }

    @Override
    public void end(List<Map.Entry<HeaderName, String>> trailers) {
        if (trailers.isEmpty()) {
            end();
        } else if (!over) {
            over = true;
            pass.write(entry, ListHeaders.of(trailers));
        }
    }

    @Override
    public boolean writable() {
        if (over || !pass.isWritable(entry)) {
            stopped = !over;
            return false;
        }
        excess = 0;
        return true;
    }

    @Override
    public void onWritable(Runnable action) {
        onWritable = action;
    }

    @Override
    public boolean isOver() { return over; }

    /// Bytes that were written since there was no room.
    long excess() {
        return excess;
    }

    /// The action to run when there is room again; null if the sender was not paused.
    @Nullable Runnable roomAgain() {
        if (!stopped || over) {
            return null;
        }
        stopped = false;
        excess = 0;
        return onWritable;
    }

    /// The message has ended, or another filter ends the body.
    void over() {
        over = true;
    }
}
