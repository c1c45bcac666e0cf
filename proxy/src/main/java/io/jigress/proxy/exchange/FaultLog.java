package io.jigress.proxy.exchange;

import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Tells the log of faults of the program that exchanges meet: one with its stack once a minute for each event loop, with the number of
/// those in between. One event loop only.
final class FaultLog {
    private static final Logger LOG = LoggerFactory.getLogger(FaultLog.class);
    static final long QUIET_NANOS = TimeUnit.MINUTES.toNanos(1);

    private long quietUntil;
    private long untold;

    /// @param now on the scale of [System#nanoTime]
    FaultLog(long now) {
        quietUntil = now;
    }

    void tell(String request, String route, Throwable thrown) {
        long now = System.nanoTime();
        if (now - quietUntil < 0) {
            untold++;
            return;
        }
        LOG.error("a bug: request {} on route {} failed ({} more since the last such line); please report it", request, route,
                untold,
                thrown);
        quietUntil = now + QUIET_NANOS;
        untold = 0;
    }
}
