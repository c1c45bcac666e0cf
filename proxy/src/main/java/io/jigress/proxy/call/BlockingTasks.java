package io.jigress.proxy.call;

import java.util.concurrent.atomic.AtomicInteger;

/// How many tasks of filters block now, of those that may. One for the process; for several threads.
final class BlockingTasks {
    private final int max;
    private final AtomicInteger running = new AtomicInteger();
    private final Carriers carriers = new Carriers();

    /// @param max tasks (`limits.blocking.tasks`)
    BlockingTasks(int max) {
        this.max = max;
    }

    boolean tryBegin() {
        if (running.incrementAndGet() <= max) {
            return true;
        }
        running.decrementAndGet();
        return false;
    }

    void ended() {
        running.decrementAndGet();
    }

    Carriers carriers() {
        return carriers;
    }

    String refusal() {
        return max + " tasks of filters are running, the most that may (limits.blocking.tasks)";
    }
}
