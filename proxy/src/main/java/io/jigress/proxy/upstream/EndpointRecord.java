package io.jigress.proxy.upstream;

import java.util.concurrent.atomic.AtomicInteger;

/// What an [OutlierDetector] knows of one endpoint. The plain fields are guarded by the detector's lock, which is also held where `state` and
/// `failing` are written.
final class EndpointRecord {
    final AtomicInteger failures = new AtomicInteger();
    final AtomicInteger errors = new AtomicInteger();
    final AtomicInteger probes = new AtomicInteger();
    /// Whether it reached a limit and has not answered since.
    volatile boolean failing;
    volatile EndpointHealth.State state = EndpointHealth.State.HEALTHY;
    /// From when on nothing of a healthy endpoint need be remembered.
    volatile long forgetAt;
    long since;
    long until;
    long healthySince;
    int ejections;
    String reason = "";

    EndpointRecord(long now) {
        since = now;
        forgetAt = now;
    }

    boolean isOut() { return state == EndpointHealth.State.EJECTED || state == EndpointHealth.State.PROBED; }
}
