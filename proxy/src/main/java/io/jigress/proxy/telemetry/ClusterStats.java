package io.jigress.proxy.telemetry;

import io.jigress.api.ProxyFailure;
import org.jspecify.annotations.Nullable;

/// The counters of one cluster on one event loop. Keep it with the loop's upstream; it is the same object across configuration changes.
public final class ClusterStats {
    long attempts;
    long retries;
    final FailureCounts failures = new FailureCounts();
    /// Ejections of endpoints, by the kind of the last failure before each.
    final FailureCounts ejections = new FailureCounts();
    long errorEjections;
    final DurationHistogram durations = new DurationHistogram();

    ClusterStats() {}

    /// A request is sent to an endpoint.
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

    /// The head of a final response has arrived.
    ///
    /// @param nanos since the attempt began
    public void answered(long nanos) {
        durations.record(nanos);
    }

    /// An endpoint was ejected.
    ///
    /// @param last the kind of its last failure; null when it was a response with an error status
    public void ejected(ProxyFailure.@Nullable Kind last) {
        if (last == null) {
            errorEjections++;
        } else {
            ejections.count(last);
        }
    }

    void addTo(ClusterStats sum) {
        sum.attempts += attempts;
        sum.retries += retries;
        failures.addTo(sum.failures);
        ejections.addTo(sum.ejections);
        sum.errorEjections += errorEjections;
        durations.addTo(sum.durations);
    }
}
