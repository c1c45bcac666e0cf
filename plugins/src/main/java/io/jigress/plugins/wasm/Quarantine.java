package io.jigress.plugins.wasm;

import java.time.Duration;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/// Keeps requests away from a plugin that fails repeatedly. After [#FAILURES] failures within [#WINDOW] it is not tried for [#FIRST_PAUSE], and
/// after each failure that follows twice as long, up to [#LONGEST_PAUSE]; a window without failures ends this. For several threads.
public final class Quarantine {
    public static final int FAILURES = 5;
    public static final Duration WINDOW = Duration.ofSeconds(60);
    public static final Duration FIRST_PAUSE = Duration.ofSeconds(1);
    public static final Duration LONGEST_PAUSE = Duration.ofMinutes(5);

    private final ArrayDeque<Long> failures = new ArrayDeque<>();
    private long pauseNanos;
    private long until;
    /// The pause begins when it is asked for next.
    private boolean refused;
    private volatile @Nullable String reason;

    /// The plugin has failed.
    ///
    /// @param now of a monotonic clock, in nanoseconds
    /// @return whether it is in quarantine from now on
    synchronized boolean failed(long now, String why) {
        while (!failures.isEmpty() && now - failures.peek() > WINDOW.toNanos()) {
            failures.poll();
        }
        if (failures.isEmpty() && now - until > WINDOW.toNanos()) {
            pauseNanos = 0;
        }
        failures.add(now);
        if (failures.size() > FAILURES) {
            failures.poll();
        }
        if (reason != null && now - until < 0) {
            return false; // Requests that were under way.
        }
        if (pauseNanos == 0 && failures.size() < FAILURES) {
            return false;
        }
        enter(now, why);
        return true;
    }

    /// The plugin could not be made ready: it is in quarantine at once.
    synchronized void refused(String why) {
        refused = true;
        reason = why;
    }

    /// The plugin works again.
    synchronized void end() {
        refused = false;
        reason = null;
    }

    private void enter(long now, String why) {
        pauseNanos = pauseNanos == 0 ? FIRST_PAUSE.toNanos() : Math.min(2 * pauseNanos, LONGEST_PAUSE.toNanos());
        until = now + pauseNanos;
        reason = why;
    }

    /// Whether the plugin may be used; when a pause has ended, once more.
    synchronized boolean allows(long now) {
        String why = reason;
        if (why == null) {
            return true;
        }
        if (refused) {
            refused = false;
            enter(now, why);
        }
        if (now - until < 0) {
            return false;
        }
        reason = null;
        return true;
    }

    /// Why the plugin is in quarantine; null when it is not.
    public @Nullable String reason() {
        return reason;
    }
}
