package io.jigress.filters.keyratelimit;

import java.util.concurrent.atomic.AtomicLong;

/// A token bucket in one number: the moment at which it will be full again (the generic cell rate algorithm). Taking a token is one
/// compare-and-set. For several threads.
final class Bucket extends AtomicLong {
    private static final long serialVersionUID = 1L;
    private static final long UNTOUCHED = Long.MIN_VALUE;

    Bucket() {
        super(UNTOUCHED);
    }

    /// @param now of a monotonic clock that all callers share
    boolean take(Limit limit, long now) {
        while (true) {
            long full = get();
            long from = full == UNTOUCHED || full - now < 0 ? now : full;
            long next = from + limit.intervalNanos();
            if (next - now > limit.periodNanos()) {
                return false;
            }
            if (compareAndSet(full, next)) {
                return true;
            }
        }
    }

    /// Whether the bucket is full, so that removing it changes nothing.
    boolean full(long now) {
        long full = get();
        return full == UNTOUCHED || full - now <= 0;
    }
}
