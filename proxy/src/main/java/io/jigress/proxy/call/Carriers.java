package io.jigress.proxy.call;

import java.lang.management.ManagementFactory;
import jdk.management.VirtualThreadSchedulerMXBean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Keeps a carrier of virtual threads free for tasks while others compute: a virtual thread gives its carrier back only when it blocks or ends, and
/// there are as many carriers as processors. For several threads.
final class Carriers {
    /// The most that are added.
    static final int MOST = 64;
    private static final Logger LOG = LoggerFactory.getLogger(Carriers.class);

    /// Tasks that compute for long.
    private int holders;
    private volatile int added;

    /// A task computes for long. Adds a carrier if all are in use.
    synchronized void hold(String filter) {
        holders++;
        if (added < Math.min(holders, MOST) && changeIf(true)) {
            added++;
            LOG.warn(
                    "filter {}: a blocking task computes without a pause, and no carrier of virtual threads is free; {} were added "
                            + "for such tasks (of at most {})",
                    filter, added, MOST);
            // A carrier starts when a task is submitted.
            Thread.ofVirtual().start(() -> {});
        }
    }

    /// A task that computed for long has ended.
    synchronized void release() {
        holders--;
        settle();
    }

    /// A task has ended: takes back carriers that are not needed any more.
    void taskEnded() {
        if (added > 0) {
            settle();
        }
    }

    private synchronized void settle() {
        while (added > Math.max(0, holders) && changeIf(false)) {
            added--;
        }
    }

    int added() {
        return added;
    }

    /// Adds a carrier if none is free, or removes one if one is free.
    private static boolean changeIf(boolean add) {
        VirtualThreadSchedulerMXBean scheduler = ManagementFactory.getPlatformMXBean(VirtualThreadSchedulerMXBean.class);
        if (scheduler == null) {
            return false;
        }
        // Other gateways of the process change it too.
        synchronized (Carriers.class) {
            int carriers = scheduler.getParallelism();
            boolean isFree = scheduler.getMountedVirtualThreadCount() < carriers;
            if (add == isFree) {
                return false;
            }
            try {
                scheduler.setParallelism(add ? carriers + 1 : carriers - 1);
                return true;
            } catch (UnsupportedOperationException | IllegalArgumentException e) {
                LOG.warn("the number of carriers of virtual threads cannot be changed: {}", e.toString());
                return false;
            }
        }
    }
}
