package io.jigress.proxy.telemetry;

import io.jigress.api.ProxyFailure;

/// What one event loop counted for one cluster. Keep it with the loop's upstream; it stays the same over configuration changes.
public final class ClusterStats {
    long attempts;
    long retries;
    final FailureCounts failures = new FailureCounts();
    final DurationHistogram durations = new DurationHistogram();

    ClusterStats() {}

    /// A request goes to an endpoint.
    ///
    /// @param retry whether it is not the first attempt of its exchange
    public void attempt(boolean retry) {
        attempts++;
        if (retry) {
            retries++;
        }
    }

    /// An attempt failed, or could not begin; also when a later one succeeds.
    public void failure(ProxyFailure.Kind kind) {
        failures.count(kind);
    }

    /// The head of a final response has come.
    ///
    /// @param nanos since the attempt began
    public void answered(long nanos) {
        durations.record(nanos);
    }

    void addTo(ClusterStats sum) {
        sum.attempts += attempts;
        sum.retries += retries;
        failures.addTo(sum.failures);
        durations.addTo(sum.durations);
    }
}
