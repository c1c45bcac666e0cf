package io.jigress.proxy.loop;

import io.jigress.api.Services.Cancellable;
import io.netty.util.concurrent.ScheduledFuture;
import java.time.Duration;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/// Tasks that one owner has scheduled on its event loop, and that end with it. Event loop only.
public final class ScheduledTasks {
    private final Loop loop;
    private final Set<ScheduledFuture<?>> scheduled = new HashSet<>();
    private boolean closed;

    public ScheduledTasks(Loop loop) {
        this.loop = loop;
    }

    /// Runs a task after a delay, until it is cancelled or this is closed.
    public Cancellable schedule(Duration delay, Runnable task) {
        if (closed) {
            return () -> {};
        }
        ScheduledFuture<?> future = loop.executor().schedule(task, delay.toNanos(), TimeUnit.NANOSECONDS);
        scheduled.add(future);
        future.addListener(_ -> scheduled.remove(future));
        return () -> future.cancel(false);
    }

    /// Cancels what is scheduled; nothing is from now on.
    public void close() {
        closed = true;
        Set.copyOf(scheduled).forEach(future -> future.cancel(false));
    }
}
