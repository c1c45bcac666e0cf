package io.jigress.proxy.call;

import io.jigress.api.TaskResult;
import io.jigress.api.UpstreamCallers;
import io.jigress.proxy.compile.FilterServices;
import io.jigress.proxy.loop.Loop;
import io.jigress.proxy.loop.ScheduledTasks;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ThreadFactory;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// The services of one filter instance on one event loop, for its thread only.
final class LoopServices implements FilterServices.OfInstance {
    private final Loop loop;
    private final String filter;
    private final ScheduledTasks tasks;
    private final LoopCallers callers;
    private final BlockingTasks blocking;
    private final TaskStarts starts;
    private final ThreadFactory threads;
    /// Each knows its index: the hash of an object without one of its own costs more than the rest.
    private final List<BlockingTask<?>> running = new ArrayList<>(0);
    private final Map<String, InstanceGauge> gauges = new HashMap<>(0);
    private volatile Consumer<@Nullable String> problems = _ -> {};
    private volatile Consumer<@Nullable String> outdated = _ -> {};
    private boolean closed;

    LoopServices(Loop loop, String filter, LoopCallers callers, BlockingTasks blocking, TaskStarts starts) {
        this.loop = loop;
        this.filter = filter;
        this.tasks = new ScheduledTasks(loop);
        this.callers = callers;
        this.blocking = blocking;
        this.starts = starts;
        this.threads = Thread.ofVirtual().name("filter-" + filter).factory();
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

    @Override
    public Counter counter(String name, String help, String label, String value) {
        return loop.metrics().counter(filter, name, help, label, value);
    }

    @Override
    public Gauge gauge(String name, String help) {
        return gauges.computeIfAbsent(name, _ -> new InstanceGauge(loop.metrics().gauge(filter, name, help)));
    }

    @Override
    public Histogram histogram(String name, String help, double... bounds) {
        return loop.metrics().histogram(filter, name, help, bounds);
    }

    @Override
    public UpstreamCallers callers() {
        return callers;
    }

    @Override
    public <T extends @Nullable Object> Cancellable blocking(Callable<T> task, Duration deadline,
            Consumer<TaskResult<T>> result) {
        BlockingTask<T> begun = new BlockingTask<>(this, task, deadline, result, blocking);
        if (!closed) {
            begun.place = running.size();
            running.add(begun);
            begun.begin();
        }
        return begun;
    }

    @Override
    public void problem(@Nullable String what) {
        problems.accept(what);
    }

    @Override
    public void outdated(@Nullable String what) {
        outdated.accept(what);
    }

    @Override
    public void tellProblems(Consumer<@Nullable String> problems, Consumer<@Nullable String> outdated) {
        this.problems = problems;
        this.outdated = outdated;
    }

    void ended(BlockingTask<?> task) {
        int place = task.place;
        if (place < 0) {
            return;
        }
        BlockingTask<?> last = running.removeLast();
        if (last != task) {
            running.set(place, last);
            last.place = place;
        }
        task.place = -1;
    }

    TaskStarts starts() {
        return starts;
    }

    /// Makes the threads of tasks, not started.
    ThreadFactory threads() {
        return threads;
    }

    Loop loop() {
        return loop;
    }

    String filter() {
        return filter;
    }

    @Override
    public void close() {
        closed = true;
        tasks.close();
        callers.close();
        List.copyOf(running).forEach(BlockingTask::cancel);
        gauges.values().forEach(InstanceGauge::leave);
    }

    /// What this instance adds to the sum of all.
    private static final class InstanceGauge implements Gauge {
        private final Gauge sum;
        private long own;

        InstanceGauge(Gauge sum) {
            this.sum = sum;
        }

        @Override
        public void set(long value) {
            add(value - own);
        }

        @Override
        public void add(long change) {
            own += change;
            sum.add(change);
        }

        void leave() {
            set(0);
        }
    }
}
