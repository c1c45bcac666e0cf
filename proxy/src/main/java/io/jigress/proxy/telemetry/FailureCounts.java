package io.jigress.proxy.telemetry;

import io.jigress.api.ProxyFailure;

/// The number of failures of each kind on one event loop.
@SuppressWarnings("EnumOrdinal") // the index never leaves this object
final class FailureCounts {
    private static final int KINDS = ProxyFailure.Kind.values().length;

    private final long[] counts = new long[KINDS];

    void count(ProxyFailure.Kind kind) {
        counts[kind.ordinal()]++;
    }

    long of(ProxyFailure.Kind kind) {
        return counts[kind.ordinal()];
    }

    void addTo(FailureCounts sum) {
        for (int i = 0; i < counts.length; i++) {
            sum.counts[i] += counts[i];
        }
    }
}
