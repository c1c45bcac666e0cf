package io.jigress.plugins.lua;

import org.jspecify.annotations.Nullable;

/// Takes a plugin out of service that fails repeatedly: after [#FAILURES] failures without a success in between, requests get
/// the fail mode at once, for a second, and twice as long after each retry that fails, up to a minute. For several threads.
final class Quarantine {
    static final int FAILURES = 5;
    private static final long FIRST_NANOS = 1_000_000_000L;
    private static final long LONGEST_NANOS = 60_000_000_000L;

    private int failures;
    private long delay = FIRST_NANOS;
    private boolean closed;
    private long until;
    private int epoch;
    private volatile boolean suspect;
    private @Nullable String reason;

    /// Why requests get the fail mode now; null when the plugin may run.
    synchronized @Nullable String reason(long now) {
        if (closed && now - until >= 0) {
            // One more failure closes it again.
            closed = false;
            failures = FAILURES - 1;
        }
        return closed ? reason : null;
    }

    /// Whether [#reason] or [#succeeded] must be called: a plain read for the usual case.
    boolean isSuspect() { return suspect; }

    /// Changes when the plugin is to run in a fresh state.
    synchronized int epoch() {
        return epoch;
    }

    /// @return whether the plugin is in quarantine from now on
    synchronized boolean failed(long now, String why) {
        suspect = true;
        reason = why;
        if (closed || ++failures < FAILURES) {
            return false;
        }
        closed = true;
        until = now + delay;
        delay = Math.min(2 * delay, LONGEST_NANOS);
        epoch++;
        return true;
    }

    synchronized void succeeded() {
        failures = 0;
        delay = FIRST_NANOS;
        suspect = closed;
    }
}
