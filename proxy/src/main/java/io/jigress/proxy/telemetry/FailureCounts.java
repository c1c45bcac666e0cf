package io.jigress.proxy.telemetry;

import io.jigress.api.ProxyFailure;

/// How often each kind of failure happened, as one loop counts them.
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
