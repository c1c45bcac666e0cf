package io.jigress.proxy.telemetry;

import io.jigress.api.ProxyFailure;

/// What one event loop counted for one cluster. Keep it with the loop's upstream; it stays the same over configuration changes.
public final class ClusterStats {
    private static final int KINDS = ProxyFailure.Kind.values().length;

    long attempts;
    long retries;
    final long[] failures = new long[KINDS];

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
        failures[kind.ordinal()]++;
    }

    void addTo(ClusterStats sum) {
        sum.attempts += attempts;
        sum.retries += retries;
        for (int i = 0; i < failures.length; i++) {
            sum.failures[i] += failures[i];
        }
    }
}
