package io.jigress.dubbo;

import io.jigress.api.Services;
import io.jigress.api.UpstreamChannel;
import io.jigress.testkit.ManualServices;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.PooledByteBufAllocator;
import java.io.ByteArrayOutputStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/// A connection whose peer and clock are controlled by the test.
final class ManualChannel implements UpstreamChannel {
    private final ManualServices clock = new ManualServices();
    private final ByteArrayOutputStream written = new ByteArrayOutputStream();
    private final List<Services.Cancellable> timers = new ArrayList<>();
    private boolean closed;
    private boolean writable = true;
    private int changes;

    /// The bytes that were written since the last call of this method.
    byte[] take() {
        byte[] bytes = written.toByteArray();
        written.reset();
        return bytes;
    }

    boolean closed() {
        return closed;
    }

    /// How often the session reported a change since the last call of this method.
    int changes() {
        int told = changes;
        changes = 0;
        return told;
    }

    void advance(Duration by) {
        clock.advance(by);
    }

    @Override
    public ByteBufAllocator allocator() {
        return PooledByteBufAllocator.DEFAULT;
    }

    @Override
    public void write(ByteBuf bytes) {
        written.writeBytes(ByteBufUtil.getBytes(bytes));
        bytes.release();
    }

    @Override
    public void flush() {}

    @Override
    public boolean writable() {
        return writable;
    }

    /// Whether the peer reads what is sent.
    void writable(boolean on) {
        writable = on;
    }

    @Override
    public void shutdownOutput() {
        throw new UnsupportedOperationException("Dubbo connections end both directions at once");
    }

    @Override
    public long untaken() {
        return 0;
    }

    @Override
    public void reading(boolean on) {}

    @Override
    public void close() {
        closed = true;
        timers.forEach(Services.Cancellable::cancel);
    }

    @Override
    public void reset() {
        close();
    }

    @Override
    public void changed() {
        changes++;
    }

    @Override
    public long nanoTime() {
        return clock.nanoTime();
    }

    @Override
    public Services.Cancellable schedule(Duration delay, Runnable task) {
        Services.Cancellable timer = clock.schedule(delay, task);
        timers.add(timer);
        return timer;
    }
}
