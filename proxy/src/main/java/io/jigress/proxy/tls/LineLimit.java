package io.jigress.proxy.tls;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.function.LongSupplier;

/// Lets at most one line a second, or another interval, through to the log, for each of some reasons. For several threads.
public final class LineLimit {
    private final LongSupplier clock;
    private final long interval;
    /// By reason: when the last line was written, and how many were not since.
    private final AtomicLongArray written;
    private final AtomicLongArray left;

    /// One line a second.
    ///
    /// @param clock monotonic nanoseconds
    LineLimit(int reasons, LongSupplier clock) {
        this(reasons, Duration.ofSeconds(1), clock);
    }

    /// @param interval between two lines of one reason
    /// @param clock monotonic nanoseconds
    public LineLimit(int reasons, Duration interval, LongSupplier clock) {
        this.clock = clock;
        this.interval = interval.toNanos();
        this.written = new AtomicLongArray(reasons);
        this.left = new AtomicLongArray(reasons);
        long before = clock.getAsLong() - this.interval;
        for (int i = 0; i < reasons; i++) {
            written.set(i, before);
        }
    }

    /// @return how many lines of this reason were left out since the last one, or -1 when this one is to be left out too
    public long admit(int reason) {
        long last = written.get(reason);
        long now = clock.getAsLong();
        if (now - last < interval || !written.compareAndSet(reason, last, now)) {
            left.incrementAndGet(reason);
            return -1;
        }
        return left.getAndSet(reason, 0);
    }

    /// What ends a line.
    public static String tail(long more) {
        return more == 0 ? "" : "; " + more + " more before";
    }
}
