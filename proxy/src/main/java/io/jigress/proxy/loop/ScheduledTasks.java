package io.jigress.proxy.loop;

import io.jigress.api.Services.Cancellable;
import io.netty.util.concurrent.ScheduledFuture;
import java.time.Duration;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/// Tasks that an owner has scheduled on its event loop; they are cancelled when the owner closes. Event loop only.
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

    /// Cancels all scheduled tasks; later ones are ignored.
    public void close() {
        closed = true;
        Set.copyOf(scheduled).forEach(future -> future.cancel(false));
    }
}
