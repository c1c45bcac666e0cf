package io.jigress.plugins.jar;

import io.jigress.api.Services;
import io.jigress.api.TaskResult;
import io.jigress.api.UpstreamCallers;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.Callable;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// The gateway's services as a plugin has them on one event loop: what it does in timers and callbacks runs behind the guard, its clusters have the names of
/// its configuration, and calls that do not end are counted.
final class JarServices implements Services {
    private final JarFilter filter;
    private final Services services;
    private final UpstreamCallers callers;

    JarServices(JarFilter filter, Services services) {
        this.filter = filter;
        this.services = services;
        this.callers = new JarCallers(filter, services.callers(), filter.plugin().config().backends());
    }

    @Override
    public long nanoTime() {
        return services.nanoTime();
    }

    @Override
    public Instant now() {
        return services.now();
    }

    @Override
    public Cancellable schedule(Duration delay, Runnable task) {
        return services.schedule(delay, () -> filter.run(task));
    }

    @Override
    public Counter counter(String name, String help) {
        return services.counter(name, help);
    }

    @Override
    public Gauge gauge(String name, String help) {
        return services.gauge(name, help);
    }

    @Override
    public Histogram histogram(String name, String help, double... bounds) {
        return services.histogram(name, help, bounds);
    }

    @Override
    public UpstreamCallers callers() {
        return callers;
    }

    @Override
    public <T extends @Nullable Object> Cancellable blocking(Callable<T> task, Duration deadline,
            Consumer<TaskResult<T>> result) {
        Duration configured = filter.plugin().config().deadline();
        WatchedTask<T> watched = new WatchedTask<>(filter, task);
        Cancellable begun = services.blocking(watched, configured == null ? deadline : configured, (TaskResult<T> outcome) -> {
            if (outcome instanceof TaskResult.Late<T>) {
                watched.expectEnd(services);
            }
            filter.run(() -> result.accept(outcome));
        });
        return () -> {
            begun.cancel();
            watched.expectEnd(services);
        };
    }
}
