package io.jigress.proxy.compile;

import io.jigress.api.Services;
import io.jigress.proxy.loop.Loop;
import io.netty.util.concurrent.ScheduledFuture;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/// The [Services] of one filter on one event loop.
final class LoopServices implements Services {
    private final Loop loop;
    private final String filter;
    private final Set<ScheduledFuture<?>> scheduled = new HashSet<>();
    private boolean closed;

    LoopServices(Loop loop, String filter) {
        this.loop = loop;
        this.filter = filter;
    }

    @Override
    public long nanoTime() {
        return loop.nanoTime();
    }

    @Override
    public Instant now() {
        return Instant.now();
    }

    @Override
    public Cancellable schedule(Duration delay, Runnable task) {
        if (closed) {
            return () -> {};
        }
        ScheduledFuture<?> future = loop.executor().schedule(task, delay.toNanos(), TimeUnit.NANOSECONDS);
        scheduled.add(future);
        future.addListener(_ -> scheduled.remove(future));
        return () -> future.cancel(false);
    }

    @Override
    public Counter counter(String name, String help) {
        return loop.metrics().counter(filter, name, help);
    }

    void close() {
        closed = true;
        Set.copyOf(scheduled).forEach(future -> future.cancel(false));
    }
}
