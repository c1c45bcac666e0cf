package io.jigress.proxy.tls;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.function.LongSupplier;

/// Lets at most one line a second through to the log, for each of some reasons. For several threads.
final class LineLimit {
    private static final long LINE_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final LongSupplier clock;
    /// By reason: when the last line was written, and how many were not since.
    private final AtomicLongArray written;
    private final AtomicLongArray left;

    /// @param clock monotonic nanoseconds
    LineLimit(int reasons, LongSupplier clock) {
        this.clock = clock;
        this.written = new AtomicLongArray(reasons);
        this.left = new AtomicLongArray(reasons);
        long before = clock.getAsLong() - LINE_NANOS;
        for (int i = 0; i < reasons; i++) {
            written.set(i, before);
        }
    }

    /// @return how many lines of this reason were left out since the last one, or -1 when this one is to be left out too
    long admit(int reason) {
        long last = written.get(reason);
        long now = clock.getAsLong();
        if (now - last < LINE_NANOS || !written.compareAndSet(reason, last, now)) {
            left.incrementAndGet(reason);
            return -1;
        }
        return left.getAndSet(reason, 0);
    }

    /// What ends a line.
    static String tail(long more) {
        return more == 0 ? "" : "; " + more + " more before";
    }
}
