package io.jigress.plugins.jar;

import io.jigress.api.Services;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/// A blocking call of a plugin. If it does not end soon after it was interrupted, its thread counts as stuck until it ends.
final class WatchedTask<T extends @Nullable Object> implements Callable<T> {
    private static final Duration GRACE = Duration.ofMillis(100);

    private enum State {
        NEW, RUNS, STUCK, ENDED
    }

    private final JarFilter filter;
    private final Callable<T> task;
    private final AtomicReference<State> state = new AtomicReference<>(State.NEW);
    /// How often it is looked after before it has begun.
    private int looks = 600;
    private volatile @Nullable Thread thread;

    WatchedTask(JarFilter filter, Callable<T> task) {
        this.filter = filter;
        this.task = task;
    }

    @Override
    public T call() throws Exception {
        Thread now = Thread.currentThread();
        thread = now;
        state.set(State.RUNS);
        now.setContextClassLoader(filter.loader());
        try {
            return task.call();
        } finally {
            if (state.getAndSet(State.ENDED) == State.STUCK) {
                filter.plugin().unstuck();
            }
        }
    }

    /// The call was interrupted. On the event loop.
    void expectEnd(Services services) {
        if (state.get() != State.ENDED) {
            services.schedule(GRACE, () -> look(services));
        }
    }

    private void look(Services services) {
        Thread running = thread;
        if (state.get() == State.NEW && --looks > 0) {
            // All carriers of virtual threads are in use, or it was refused.
            expectEnd(services);
        } else if (running != null && state.compareAndSet(State.RUNS, State.STUCK)) {
            filter.plugin().stuck(running);
        }
    }
}
