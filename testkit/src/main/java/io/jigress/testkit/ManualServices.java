package io.jigress.testkit;

import io.jigress.api.Services;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/// [Services] of a filter under test: time moves when the test says so, and timers run then, in order.
public final class ManualServices implements Services {
    private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");

    private final List<Timer> timers = new ArrayList<>();
    private final Map<String, AtomicLong> counters = new ConcurrentHashMap<>();
    private long nanos = 1_000_000_000L;
    private long order;

    private record Timer(long at, long order, Runnable task) {}

    /// Moves the time on and runs the tasks that fall due, each at its moment.
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

    /// What the filter has counted under this name; 0 when nothing.
    public long counted(String name) {
        AtomicLong counter = counters.get(name);
        return counter == null ? 0 : counter.get();
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
}
