package io.jigress.plugins.lua;

import io.jigress.api.Services;
import io.jigress.api.TaskResult;
import io.jigress.api.UpstreamCallers;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.Callable;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Services of a script that is checked: its timers never run, and it cannot call.
final class TrialServices implements Services {

    @Override
    public long nanoTime() {
        return 0;
    }

    @Override
    public Instant now() {
        return Instant.EPOCH;
    }

    @Override
    public Cancellable schedule(Duration delay, Runnable task) {
        return () -> {};
    }

    @Override
    public Counter counter(String name, String help) {
        return _ -> {};
    }

    @Override
    public Gauge gauge(String name, String help) {
        return new Gauge() {
            @Override
            public void set(long value) {
                // Not shown.
            }

            @Override
            public void add(long change) {
                // Not shown.
            }
        };
    }

    @Override
    public Histogram histogram(String name, String help, double... bounds) {
        return _ -> {};
    }

    @Override
    public UpstreamCallers callers() {
        throw new IllegalStateException("calls are not possible while the script is loaded");
    }

    @Override
    public <T extends @Nullable Object> Cancellable blocking(Callable<T> task, Duration deadline,
            Consumer<TaskResult<T>> result) {
        throw new IllegalStateException("tasks are not possible while the script is loaded");
    }
}
