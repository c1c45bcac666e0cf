package io.jigress.api;

import java.time.Duration;
import java.time.Instant;

/// What the gateway offers a filter instance on its event loop.
public interface Services {

    /// The injected monotonic clock, in nanoseconds; only differences mean something.
    long nanoTime();

    /// The injected wall clock.
    Instant now();

    /// Runs a task on this event loop after a delay, until cancelled or the filter is closed.
    Cancellable schedule(Duration delay, Runnable task);

    /// A counter of this filter, shown as `jigress_filter_<filter>_<name>_total`. At most 16 per filter kind. Same name, same counter.
    Counter counter(String name, String help);

    /// Cancels what was scheduled; a second call does nothing.
    interface Cancellable {
        void cancel();
    }

    /// Counts up, on this loop, without locks.
    interface Counter {
        void add(long n);
    }
}
