package io.jigress.proxy.compile;

import io.jigress.api.TaskResult;
import io.jigress.api.UpstreamCallers;
import io.jigress.proxy.loop.Loop;
import io.jigress.proxy.loop.ScheduledTasks;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.Callable;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Services for filters under test that use timers only.
record TimersOnly(Loop loop, ScheduledTasks tasks) implements FilterServices.OfInstance {

    TimersOnly(Loop loop) {
        this(loop, new ScheduledTasks(loop));
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
        return tasks.schedule(delay, task);
    }

    @Override
    public void close() {
        tasks.close();
    }

    @Override
    public Counter counter(String name, String help) {
        throw new UnsupportedOperationException();
    }

    @Override
    public Gauge gauge(String name, String help) {
        throw new UnsupportedOperationException();
    }

    @Override
    public Histogram histogram(String name, String help, double... bounds) {
        throw new UnsupportedOperationException();
    }

    @Override
    public UpstreamCallers callers() {
        throw new UnsupportedOperationException();
    }

    @Override
    public <T extends @Nullable Object> Cancellable blocking(Callable<T> task, Duration deadline,
            Consumer<TaskResult<T>> result) {
        throw new UnsupportedOperationException();
    }
}
