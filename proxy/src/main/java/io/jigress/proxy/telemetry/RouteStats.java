package io.jigress.proxy.telemetry;

/// What one event loop counted for one route. Keep it with what belongs to this loop; it stays the same over configuration
/// changes.
public final class RouteStats {
    /// By the first digit of the status; 0 is an exchange that ended with no status at all.
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
