package io.jigress.api;

import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.Callable;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// What the gateway offers a filter instance on its event loop.
public interface Services {

    /// The injected monotonic clock, in nanoseconds; only differences are meaningful.
    long nanoTime();

    /// The injected wall clock.
    Instant now();

    /// Runs a task on this event loop after a delay, until cancelled or the filter is closed.
    Cancellable schedule(Duration delay, Runnable task);

    /// A counter of this filter, shown as `jigress_filter_<filter>_<name>_total`. At most 16 per filter kind. Same name, same counter.
    Counter counter(String name, String help);

    /// A counter with a label, one of several of a name: `jigress_filter_<filter>_<name>_total{label="value"}`. After 500 values of a name in the process,
    /// the counter of the value `other`. The name is one of the 16, and has always the same label. A look-up by name: keep the counter.
    ///
    /// By default, for implementations that show no labels, the counter of all values.
    default Counter counter(String name, String help, String label, String value) {
        return counter(name, help);
    }

    /// A number that goes up and down, shown as `jigress_filter_<filter>_<name>`: the sum over all instances of the filter kind that are not
    /// closed. At most 16 per filter kind. Same name, same gauge.
    Gauge gauge(String name, String help);

    /// The distribution of a quantity, shown as `jigress_filter_<filter>_<name>`, over all event loops. At most 16 per filter kind. Same name, same
    /// histogram.
    ///
    /// @param bounds the upper bounds of its buckets, 1 to 32, ascending, in base units such as seconds or bytes; the same for each call with
    /// that name
    Histogram histogram(String name, String help, double... bounds);

    /// Calls to the clusters of the configuration.
    UpstreamCallers callers();

    /// Runs a task that blocks on a virtual thread, and gives its result to a callback on this event loop.
    ///
    /// The callback is called once, later than this method returns, unless the task is cancelled or the filter is closed; the thread of the task is then
    /// interrupted. At most `limits.blocking.tasks` of these tasks run in the whole process.
    ///
    /// @param deadline from now on; when it passes the callback receives [TaskResult.Late]. Accurate to about 50 ms
    <T extends @Nullable Object> Cancellable blocking(Callable<T> task, Duration deadline, Consumer<TaskResult<T>> result);

    /// Tells why the filter does not work, for people: it is shown in the status of the object that configures the filter and on the admin port, until the filter
    /// tells null. All instances of a configuration have one text; the last one counts. For any thread.
    default void problem(@Nullable String what) {}

    /// Tells why the filter works with an earlier state, such as the rules before, for people: it is shown as [#problem] is, until the filter tells null. Nothing is
    /// said of the requests, since they are served. The last text of the two methods counts. For any thread.
    default void outdated(@Nullable String what) {}

    /// Cancels a scheduled task, a call or a blocking task; a second call does nothing.
    interface Cancellable {
        void cancel();
    }

    /// Counts up, on this loop, without locks.
    interface Counter {
        void add(long n);
    }

    /// What this instance adds to a gauge, on this loop, without locks. Removed from the sum when the filter is closed.
    interface Gauge {
        void set(long value);

        void add(long change);
    }

    /// Counts values by size, on this loop, without locks.
    interface Histogram {
        void record(double value);
    }
}
