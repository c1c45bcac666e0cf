package io.jigress.proxy.upstream;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/// What an [OutlierDetector] knows of one endpoint. The plain fields are guarded by the detector's lock, which is also held where `state` and
/// `failing` are written.
final class EndpointRecord {
    /// The time for which one overtaken attempt counts.
    static final long OVERTAKEN_NANOS = 250_000_000L;

    final AtomicInteger failures = new AtomicInteger();
    final AtomicInteger errors = new AtomicInteger();
    final AtomicInteger probes = new AtomicInteger();
    /// Whether it reached a limit and has not answered since.
    volatile boolean failing;
    volatile EndpointHealth.State state = EndpointHealth.State.HEALTHY;
    /// When the record of a healthy endpoint can be removed.
    volatile long forgetAt;
    private final AtomicLong overtakenAt;
    long since;
    long until;
    long healthySince;
    int ejections;
    String reason = "";

    EndpointRecord(long now) {
        since = now;
        forgetAt = now;
        overtakenAt = new AtomicLong(now - OVERTAKEN_NANOS);
    }

    /// Whether an attempt that was overtaken counts.
    boolean tryOvertaken(long now) {
        long last = overtakenAt.get();
        return now - last >= OVERTAKEN_NANOS && overtakenAt.compareAndSet(last, now);
    }

    boolean isOut() { return state == EndpointHealth.State.EJECTED || state == EndpointHealth.State.PROBED; }

    /// Earlier ejections that still count: one less for each ejection time without a failure.
    int lasting(long now, long ejectionNanos) {
        return ejections == 0 ? 0 : (int) Math.max(0, ejections - (now - healthySince) / ejectionNanos);
    }
}
