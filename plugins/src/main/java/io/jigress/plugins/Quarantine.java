package io.jigress.plugins;

import java.time.Duration;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Keeps requests away from a plugin that does not work: after a number of failures without a success in between, or at once when it
/// could not be loaded or does harm, requests get its fail mode. After a second one request tries the plugin again; each failure doubles the
/// pause, up to a minute, and a success ends the quarantine. Shared by all event loops; for several threads.
public final class Quarantine {
    /// Of plugins whose code runs in the gateway.
    public static final int FAILURES = 5;
    private static final long FIRST_NANOS = Duration.ofSeconds(1).toNanos();
    private static final long LONGEST_NANOS = Duration.ofMinutes(1).toNanos();
    private static final Logger LOG = LoggerFactory.getLogger(Quarantine.class);

    private final String plugin;
    private final int limit;
    private int failures;
    private long pause = FIRST_NANOS;
    private long until;
    /// The pause begins with the next request.
    private boolean unscheduled;
    /// A request tries the plugin again.
    private boolean trial;
    /// Whether there is a failure to forget.
    private volatile boolean suspect;
    private volatile @Nullable String reason;
    private Consumer<@Nullable String> told = _ -> {};

    /// @param plugin its name, for the log
    /// @param limit how many failures
    public Quarantine(String plugin, int limit) {
        this.plugin = plugin;
        this.limit = limit;
    }

    /// Tells the reason of a quarantine from now on, and null at its end. A later call replaces the receiver.
    public synchronized void tell(Consumer<@Nullable String> receiver) {
        told = receiver;
        if (reason != null) {
            receiver.accept(reason);
        }
    }

    /// Whether a request may use the plugin. The one that tries it again is the only one until its result is told, or another pause has passed.
    ///
    /// @param now [io.jigress.api.Services#nanoTime]
    public boolean allows(long now) {
        return reason == null || isTrial(now);
    }

    private synchronized boolean isTrial(long now) {
        if (reason == null) {
            return true;
        }
        if (unscheduled) {
            unscheduled = false;
            until = now + pause;
            return false;
        }
        if (now - until < 0) {
            return false;
        }
        until = now + pause;
        trial = true;
        return true;
    }

    /// The plugin has failed.
    ///
    /// @param why for people
    /// @return whether it is in quarantine from now on
    public synchronized boolean failed(long now, String why) {
        suspect = true;
        if (reason != null) {
            // Others were under way before the quarantine.
            if (trial) {
                trial = false;
                pause = Math.min(2 * pause, LONGEST_NANOS);
                until = now + pause;
                reason = why;
                told.accept(why);
            }
            return false;
        }
        if (++failures < limit) {
            return false;
        }
        enter(why, failures + " failures in a row, the last: ");
        until = now + pause;
        return true;
    }

    /// The plugin must not be used from now on.
    ///
    /// @return whether it is in quarantine from now on, and was not before
    public synchronized boolean refuse(String why) {
        boolean first = reason == null;
        if (first) {
            enter(why, "");
        } else {
            reason = why;
            told.accept(why);
        }
        unscheduled = true;
        trial = false;
        return first;
    }

    private void enter(String why, String lead) {
        suspect = true;
        reason = why;
        told.accept(why);
        LOG.warn("plugin {} is in quarantine: {}{}; requests get its fail mode, and it is tried again after {} s", plugin, lead,
                why,
                pause / FIRST_NANOS);
    }

    /// Whether [#succeeded] has an effect: a plain read for the usual case.
    public boolean isSuspect() { return suspect; }

    /// The plugin has worked for a request.
    public void succeeded() {
        if (suspect) {
            forget();
        }
    }

    private synchronized void forget() {
        // A request that was under way before the quarantine tells nothing.
        if (reason == null || trial) {
            end();
        }
    }

    /// The plugin works, whatever was before.
    public synchronized void end() {
        if (reason != null) {
            LOG.info("plugin {} works again: its quarantine has ended", plugin);
            told.accept(null);
        }
        reason = null;
        failures = 0;
        pause = FIRST_NANOS;
        unscheduled = false;
        trial = false;
        suspect = false;
    }

    /// Why the plugin is in quarantine; null when it is not.
    public @Nullable String reason() {
        return reason;
    }
}
