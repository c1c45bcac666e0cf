package io.jigress.sources.zookeeper;

import java.time.Duration;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.apache.curator.framework.CuratorFramework;

/// The connection to a ZooKeeper server, as what follows nodes of its tree needs it.
final class ZooKeeperTree {
    private static final Duration RETRY = Duration.ofSeconds(2);

    private final CuratorFramework curator;
    private final ScheduledExecutorService timer;
    private volatile boolean connected;

    ZooKeeperTree(CuratorFramework curator, ScheduledExecutorService timer) {
        this.curator = curator;
        this.timer = timer;
    }

    CuratorFramework curator() {
        return curator;
    }

    boolean connected() {
        return connected;
    }

    void connected(boolean now) {
        connected = now;
    }

    /// Runs the task after a pause, unless the connection is closed by then.
    void retry(Runnable task) {
        after(RETRY, task);
    }

    void after(Duration delay, Runnable task) {
        try {
            timer.schedule(task, delay.toMillis(), TimeUnit.MILLISECONDS);
        } catch (RejectedExecutionException _) {
            // Closed.
        }
    }
}
