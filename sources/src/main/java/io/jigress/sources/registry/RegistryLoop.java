package io.jigress.sources.registry;

import java.time.Duration;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The thread that owns the directory's state, and its clock.
interface RegistryLoop extends AutoCloseable {
    /// Tasks are ignored after the close.
    void execute(Runnable task);

    Timer schedule(Duration delay, Runnable task);

    long nanoTime();

    @Override
    void close();

    interface Timer {
        void cancel();
    }

    static RegistryLoop start() {
        Logger log = LoggerFactory.getLogger(RegistryLoop.class);
        ScheduledExecutorService executor = Executors.newSingleThreadScheduledExecutor(
                Thread.ofPlatform().name("registries").daemon().factory());
        return new RegistryLoop() {
            private Runnable guarded(Runnable task) {
                return () -> {
                    try {
                        task.run();
                    } catch (RuntimeException | StackOverflowError e) {
                        log.error("internal error: the registry directory continues without one task", e);
                    }
                };
            }

            @Override
            public void execute(Runnable task) {
                try {
                    ((ExecutorService) executor).execute(guarded(task));
                } catch (RejectedExecutionException _) {
                    // Closed.
                }
            }

            @Override
            public Timer schedule(Duration delay, Runnable task) {
                try {
                    var future = executor.schedule(guarded(task), delay.toNanos(), TimeUnit.NANOSECONDS);
                    return () -> future.cancel(false);
                } catch (RejectedExecutionException _) {
                    return () -> {};
                }
            }

            @Override
            public long nanoTime() {
                return System.nanoTime();
            }

            @Override
            public void close() {
                executor.shutdownNow();
            }
        };
    }
}
