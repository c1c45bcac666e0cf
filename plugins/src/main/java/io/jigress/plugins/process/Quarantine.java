package io.jigress.plugins.process;

import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Keeps requests away from a plugin that fails again and again: after 20 failures without a success in between they get the plugin's fail
/// mode at once. After a back-off of one second one request tries the plugin again; each further failure doubles the back-off, up to a
/// minute. Shared by all event loops; for several threads.
public final class Quarantine {
    private static final Logger LOG = LoggerFactory.getLogger(Quarantine.class);
    static final int FAILURES = 20;
    private static final Duration FIRST = Duration.ofSeconds(1);
    private static final Duration LONGEST = Duration.ofMinutes(1);

    private final String plugin;
    private volatile boolean closed;
    private int failures;
    private Duration backOff = FIRST;
    private long retryAt;

    /// @param plugin its name, for the log
    public Quarantine(String plugin) {
        this.plugin = plugin;
    }

    /// Whether a request may use the plugin. The request that tries it again after the back-off is the only one until its result is told.
    ///
    /// @param now [io.jigress.api.Services#nanoTime]
    public boolean admits(long now) {
        return !closed || retries(now);
    }

    private synchronized boolean retries(long now) {
        if (!closed) {
            return true;
        }
        if (now - retryAt < 0) {
            return false;
        }
        retryAt = now + backOff.toNanos();
        return true;
    }

    /// The plugin has answered.
    public void succeeded() {
        if (failures != 0 || closed) {
            reset();
        }
    }

    private synchronized void reset() {
        if (closed) {
            LOG.info("plugin {} answers again: its quarantine has ended", plugin);
        }
        closed = false;
        failures = 0;
        backOff = FIRST;
    }

    /// The plugin has failed.
    ///
    /// @param why for the log
    public synchronized void failed(String why, long now) {
        if (closed) {
            Duration twice = backOff.multipliedBy(2);
            backOff = twice.compareTo(LONGEST) > 0 ? LONGEST : twice;
            retryAt = now + backOff.toNanos();
        } else if (++failures >= FAILURES) {
            closed = true;
            retryAt = now + backOff.toNanos();
            LOG.warn(
                    "plugin {} is in quarantine after {} failures in a row; the last one: {}. Requests get its fail mode; it is tried "
                            + "again after {}",
                    plugin, failures, why, backOff);
        }
    }
}
