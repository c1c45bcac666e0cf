package io.jigress.proxy.upstream;

import io.jigress.proxy.loop.Loop;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/// The requests in flight in one cluster, and how many of them are repetitions. A loop writes its own counts only; the sum is taken when a
/// request is to be repeated, and may then be some microseconds old.
public final class InFlight {
    /// So many repetitions are always allowed.
    private static final int ALWAYS = 3;

    private static final class Count {
        final AtomicInteger requests = new AtomicInteger();
        final AtomicInteger retries = new AtomicInteger();
    }

    /// By [Loop#index].
    private volatile @Nullable Count[] counts = new Count[0];

    /// A request is being forwarded to the cluster.
    public void begin(Loop loop) {
        add(of(loop).requests, 1);
    }

    public void end(Loop loop) {
        add(of(loop).requests, -1);
    }

    /// Takes a place among the repetitions; false when there is none.
    ///
    /// @param percent of the requests in flight
    public boolean tryRetry(Loop loop, int percent) {
        long requests = 0;
        long retries = 0;
        for (Count count : counts) {
            if (count != null) {
                requests += count.requests.getOpaque();
                retries += count.retries.getOpaque();
            }
        }
        if (retries >= Math.max(ALWAYS, requests * percent / 100)) {
            return false;
        }
        add(of(loop).retries, 1);
        return true;
    }

    public void retried(Loop loop) {
        add(of(loop).retries, -1);
    }

    /// For the one thread that writes the count.
    private static void add(AtomicInteger count, int change) {
        count.setOpaque(count.getPlain() + change);
    }

    private Count of(Loop loop) {
        @Nullable Count[] known = counts;
        Count count = loop.index() < known.length ? known[loop.index()] : null;
        return count != null ? count : make(loop);
    }

    private synchronized Count make(Loop loop) {
        Count count = new Count();
        @Nullable Count[] next = Arrays.copyOf(counts, Math.max(counts.length, loop.index() + 1));
        next[loop.index()] = count;
        counts = next;
        return count;
    }
}
