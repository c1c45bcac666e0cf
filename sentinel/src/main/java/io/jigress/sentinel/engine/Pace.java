package io.jigress.sentinel.engine;

import java.util.concurrent.atomic.AtomicLong;

/// A queue, kept as one number: the time at which the last request in it passes. For several threads.
final class Pace extends AtomicLong {
    private static final long serialVersionUID = 1L;

    /// @param now the current time; no request has passed before it
    Pace(long now, long intervalNanos) {
        super(now - intervalNanos);
    }

    /// Takes the next place in the queue.
    ///
    /// @return nanoseconds to wait, or [Check#REFUSED] when it would be too long
    long take(long now, long intervalNanos, long mostNanos) {
        while (true) {
            long last = get();
            long place = last + intervalNanos;
            long wait = place - now;
            if (wait > mostNanos) {
                return Check.REFUSED;
            }
            if (compareAndSet(last, wait <= 0 ? now : place)) {
                return Math.max(0, wait);
            }
        }
    }
}
