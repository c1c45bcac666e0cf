package io.jigress.proxy.telemetry;

import io.jigress.api.ProxyFailure;
import org.jspecify.annotations.Nullable;

/// The counters of one stream route on one event loop. Keep it with the loop's state; it is the same object across configuration changes.
public final class StreamStats {
    final String protocol;
    long opened;
    long received;
    long sent;
    long receivedDatagrams;
    long sentDatagrams;
    /// By [SessionEnd]; null where there was no UDP session, likewise the next one.
    long @Nullable [] sessionEnds;
    /// By [DatagramDrop].
    long @Nullable [] drops;
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

    /// Datagrams of clients that were sent to endpoints.
    public void receivedDatagrams(int count) {
        receivedDatagrams += count;
    }

    /// Datagrams of endpoints that were sent to clients.
    public void sentDatagrams(int count) {
        sentDatagrams += count;
    }

    @SuppressWarnings("EnumOrdinal")
    public void dropped(DatagramDrop reason, int count) {
        long[] counts = drops;
        if (counts == null) {
            counts = new long[DatagramDrop.values().length];
            drops = counts;
        }
        counts[reason.ordinal()] += count;
    }

    @SuppressWarnings("EnumOrdinal")
    long dropped(DatagramDrop reason) {
        long[] counts = drops;
        return counts == null ? 0 : counts[reason.ordinal()];
    }

    /// A UDP session has ended, beside [#ended].
    @SuppressWarnings("EnumOrdinal")
    public void sessionEnded(SessionEnd reason) {
        long[] counts = sessionEnds;
        if (counts == null) {
            counts = new long[SessionEnd.values().length];
            sessionEnds = counts;
        }
        counts[reason.ordinal()]++;
    }

    @SuppressWarnings("EnumOrdinal")
    long sessionsEnded(SessionEnd reason) {
        long[] counts = sessionEnds;
        return counts == null ? 0 : counts[reason.ordinal()];
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
        sum.receivedDatagrams += receivedDatagrams;
        sum.sentDatagrams += sentDatagrams;
        sum.drops = sum(sum.drops, drops);
        sum.sessionEnds = sum(sum.sessionEnds, sessionEnds);
        for (int i = 0; i < ended.length; i++) {
            sum.ended[i] += ended[i];
        }
        failures.addTo(sum.failures);
        durations.addTo(sum.durations);
    }

    private static long @Nullable [] sum(long @Nullable [] one, long @Nullable [] other) {
        if (one == null || other == null) {
            return one == null && other != null ? other.clone() : one;
        }
        for (int i = 0; i < one.length; i++) {
            one[i] += other[i];
        }
        return one;
    }
}
