package io.jigress.proxy.telemetry;

/// The counters of one route on one event loop. Keep it with the loop's state; it is the same object across configuration changes.
public final class RouteStats {
    /// By the first digit of the status; 0 counts exchanges that ended without a status.
    final long[] byClass = new long[6];
    final DurationHistogram durations = new DurationHistogram();

    RouteStats() {}

    void record(int status, long nanos) {
        byClass[status < 100 || status > 599 ? 0 : status / 100]++;
        durations.record(nanos);
    }

    void addTo(RouteStats sum) {
        for (int i = 0; i < byClass.length; i++) {
            sum.byClass[i] += byClass[i];
        }
        durations.addTo(sum.durations);
    }
}
