package io.jigress.proxy;

import io.jigress.proxy.compile.DeferredUpdate;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongSupplier;

/// Runs deferred work at the time that a test sets. Not thread-safe.
public final class ManualUpdates implements DeferredUpdate, LongSupplier {
    private record Task(long time, Runnable work) {}

    private final List<Task> tasks = new ArrayList<>();
    private long now = 1_000;

    @Override
    public void run(long delayNanos, Runnable work) {
        tasks.add(new Task(now + delayNanos, work));
    }

    @Override
    public long getAsLong() { return now; }

    /// How many tasks wait.
    public int size() {
        return tasks.size();
    }

    /// Advances the time, and runs what is due by then, including tasks that this adds.
    public void pass(long nanos) {
        now += nanos;
        for (int i = 0; i < tasks.size();) {
            if (tasks.get(i).time <= now) {
                tasks.remove(i).work.run();
                i = 0;
            } else {
                i++;
            }
        }
    }
}
