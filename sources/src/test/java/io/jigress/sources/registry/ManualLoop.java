package io.jigress.sources.registry;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.PriorityQueue;
import java.util.Queue;
import org.jspecify.annotations.Nullable;

/// The directory's loop on the test's own thread and clock: tasks run in [#run], timers in [#advance].
final class ManualLoop implements RegistryLoop {
    private final Queue<Runnable> tasks = new ArrayDeque<>();
    private final PriorityQueue<Due> timers = new PriorityQueue<>(Comparator.comparingLong(Due::at));
    private long now;
    private boolean closed;

    private record Due(long at, Runnable task) {}

    @Override
    public synchronized void execute(Runnable task) {
        if (!closed) {
            tasks.add(task);
        }
    }

    @Override
    public synchronized Timer schedule(Duration delay, Runnable task) {
        Due due = new Due(now + delay.toNanos(), task);
        timers.add(due);
        return () -> timers.remove(due);
    }

    @Override
    public long nanoTime() {
        return now;
    }

    @Override
    public void close() {
        closed = true;
        tasks.clear();
        timers.clear();
    }

    /// Runs the queued tasks.
    void run() {
        for (Runnable task = next(); task != null; task = next()) {
            task.run();
        }
    }

    private synchronized @Nullable Runnable next() {
        return tasks.poll();
    }

    /// Advances the clock.
    void advance(Duration duration) {
        run();
        long end = now + duration.toNanos();
        while (!timers.isEmpty() && timers.peek().at <= end) {
            Due due = timers.remove();
            now = due.at;
            due.task.run();
            run();
        }
        now = end;
    }

    synchronized int waiting() {
        return tasks.size();
    }
}
