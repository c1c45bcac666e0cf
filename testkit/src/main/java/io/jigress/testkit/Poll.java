package io.jigress.testkit;

import java.util.concurrent.locks.LockSupport;

/// For loops that wait for what nothing tells of.
public final class Poll {
    private static final long PAUSE_NANOS = 2_000_000;

    private Poll() {}

    /// Leaves the processor to others for two milliseconds, between one look and the next.
    public static void pause() {
        LockSupport.parkNanos(PAUSE_NANOS);
    }
}
