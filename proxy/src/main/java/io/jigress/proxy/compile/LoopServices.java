package io.jigress.proxy.compile;

import io.jigress.api.Services;
import io.jigress.proxy.loop.Loop;
import io.jigress.proxy.loop.ScheduledTasks;
import java.time.Duration;
import java.time.Instant;

/// The [Services] of one filter on one event loop.
final class LoopServices implements Services {
    private final Loop loop;
    private final String filter;
    private final ScheduledTasks tasks;

    LoopServices(Loop loop, String filter) {
        this.loop = loop;
        this.filter = filter;
        this.tasks = new ScheduledTasks(loop);
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
    public Counter counter(String name, String help) {
        return loop.metrics().counter(filter, name, help);
    }

    void close() {
        tasks.close();
    }
}
