package io.jigress.proxy.telemetry;

import io.jigress.api.ProxyFailure;
import org.jspecify.annotations.Nullable;

/// The counters of one stream route on one event loop. Keep it with the loop's state; it is the same object across configuration changes.
public final class StreamStats {
    final String protocol;
    long opened;
    long received;
    long sent;
    /// By [ClosedBy].
    final long[] ended = new long[ClosedBy.values().length];
    final FailureCounts failures = new FailureCounts();
    final DurationHistogram durations = new DurationHistogram();

    /// @param protocol `tcp`, `tls` or `udp`
    StreamStats(String protocol) {
        this.protocol = protocol;
    }

    /// A TCP connection was accepted, or a UDP session has begun.
    public void begun() {
        opened++;
    }

    /// Bytes from the client.
    public void received(long bytes) {
        received += bytes;
    }

    /// Bytes to the client.
    public void sent(long bytes) {
        sent += bytes;
    }

    /// @param nanos since it began
    @SuppressWarnings("EnumOrdinal")
    public void ended(ClosedBy by, @Nullable ProxyFailure failure, long nanos) {
        ended[by.ordinal()]++;
        durations.record(nanos);
        if (failure != null) {
            failures.count(failure.kind());
        }
    }

    @SuppressWarnings("EnumOrdinal")
    long ended(ClosedBy by) {
        return ended[by.ordinal()];
    }

    /// Those that have begun and not ended.
    long open() {
        long open = opened;
        for (long count : ended) {
            open -= count;
        }
        return Math.max(0, open);
    }

    void addTo(StreamStats sum) {
        sum.opened += opened;
        sum.received += received;
        sum.sent += sent;
        for (int i = 0; i < ended.length; i++) {
            sum.ended[i] += ended[i];
        }
        failures.addTo(sum.failures);
        durations.addTo(sum.durations);
    }
}
