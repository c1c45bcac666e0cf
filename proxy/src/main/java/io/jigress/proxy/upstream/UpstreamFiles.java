package io.jigress.proxy.upstream;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;

/// The files that connections to upstreams may take, over all event loops and endpoints: the share of the process's open files that
/// is left beside connections of clients and a reserve. For several threads.
public final class UpstreamFiles {
    private final int max;
    private final AtomicInteger taken = new AtomicInteger();
    private final List<ConnectionPools> loops = new CopyOnWriteArrayList<>();

    /// @param max connections, those that are being made included
    public UpstreamFiles(int max) {
        this.max = max;
    }

    void add(ConnectionPools pools) {
        loops.add(pools);
    }

    /// The pools of each event loop.
    List<ConnectionPools> loops() {
        return loops;
    }

    boolean tryTake() {
        if (taken.incrementAndGet() <= max) {
            return true;
        }
        taken.decrementAndGet();
        return false;
    }

    void give() {
        taken.decrementAndGet();
    }
}
