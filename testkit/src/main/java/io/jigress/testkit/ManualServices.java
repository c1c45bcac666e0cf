package io.jigress.testkit;

import io.jigress.api.Services;
import io.jigress.api.TaskResult;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// [Services] of a filter under test: the test advances the time, and timers run then, in order. Tasks that block run at once, on the test's
/// thread; their results are delivered by the next [#advance] or [TestExchange#awaitResumed].
public final class ManualServices implements Services {
    private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");

    /// A result that another thread brings cancels the deadline of its wait there.
    private final List<Timer> timers = new CopyOnWriteArrayList<>();
    private final Map<String, AtomicLong> counters = new ConcurrentHashMap<>();
    private final Map<String, AtomicLong> gauges = new ConcurrentHashMap<>();
    private final Map<String, List<Double>> recorded = new ConcurrentHashMap<>();
    private final TestCallers callers = new TestCallers(this);
    private @Nullable String refusal;
    private volatile @Nullable String problem;
    private volatile @Nullable String outdated;
    private long nanos = 1_000_000_000L;
    private long order;

    private record Timer(long at, long order, Runnable task) {}

    /// Advances the time and runs the tasks that become due, each at its time.
    public void advance(Duration by) {
        long end = nanos + by.toNanos();
        while (true) {
            Timer next = timers.stream().filter(timer -> timer.at <= end)
                    .min(Comparator.comparingLong(Timer::at).thenComparingLong(Timer::order)).orElse(null);
            if (next == null) {
                nanos = end;
                return;
            }
            timers.remove(next);
            nanos = Math.max(nanos, next.at);
            next.task.run();
        }
    }

    /// What the filter has counted under this name; 0 for nothing.
    public long counted(String name) {
        AtomicLong counter = counters.get(name);
        return counter == null ? 0 : counter.get();
    }

    /// What the filter has set a gauge to; 0 for nothing.
    public long gauged(String name) {
        AtomicLong gauge = gauges.get(name);
        return gauge == null ? 0 : gauge.get();
    }

    /// The values that the filter has recorded in a histogram, in order.
    public List<Double> recorded(String name) {
        return List.copyOf(recorded.getOrDefault(name, List.of()));
    }

    /// Refuses blocking tasks from now on, for this reason; null runs them again.
    public void refuseBlocking(@Nullable String why) {
        refusal = why;
    }

    /// What the filter told last by [Services#problem].
    public @Nullable String problem() {
        return problem;
    }

    @Override
    public void problem(@Nullable String what) {
        problem = what;
    }

    /// What the filter told last by [Services#outdated].
    public @Nullable String outdated() {
        return outdated;
    }

    @Override
    public void outdated(@Nullable String what) {
        outdated = what;
    }

    /// Timers that have not run and were not cancelled.
    public int pendingTimers() {
        return timers.size();
    }

    @Override
    public long nanoTime() {
        return nanos;
    }

    @Override
    public Instant now() {
        return START.plusNanos(nanos - 1_000_000_000L);
    }

    @Override
    public Cancellable schedule(Duration delay, Runnable task) {
        Timer timer = new Timer(nanos + delay.toNanos(), order++, task);
        timers.add(timer);
        return () -> timers.remove(timer);
    }

    @Override
    public Counter counter(String name, String help) {
        return counters.computeIfAbsent(name, _ -> new AtomicLong())::addAndGet;
    }

    /// Counted as `name{value}`.
    @Override
    public Counter counter(String name, String help, String label, String value) {
        return counters.computeIfAbsent(name + "{" + value + "}", _ -> new AtomicLong())::addAndGet;
    }

    @Override
    public Gauge gauge(String name, String help) {
        AtomicLong value = gauges.computeIfAbsent(name, _ -> new AtomicLong());
        return new Gauge() {
            @Override
            public void set(long now) {
                value.set(now);
            }

            @Override
            public void add(long change) {
                value.addAndGet(change);
            }
        };
    }

    @Override
    public Histogram histogram(String name, String help, double... bounds) {
        return recorded.computeIfAbsent(name, _ -> new CopyOnWriteArrayList<>())::add;
    }

    @Override
    public TestCallers callers() {
        return callers;
    }

    @Override
    public <T extends @Nullable Object> Cancellable blocking(Callable<T> task, Duration deadline,
            Consumer<TaskResult<T>> result) {
        TaskResult<T> outcome;
        if (refusal != null) {
            outcome = new TaskResult.Refused<>(refusal);
        } else {
            try {
                outcome = new TaskResult.Done<>(task.call());
            } catch (Exception e) {
                outcome = new TaskResult.Failed<>(e);
            }
        }
        TaskResult<T> told = outcome;
        return schedule(Duration.ZERO, () -> result.accept(told));
    }
}
