package io.jigress.proxy.http2;

import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Tells the log of connections that were closed for a flood of frames: one a minute for each event loop, with the number of those in
/// between. One event loop only.
final class FloodLog {
    private static final Logger LOG = LoggerFactory.getLogger(FloodLog.class);
    private static final long QUIET_NANOS = TimeUnit.MINUTES.toNanos(1);

    private long quietUntil;
    private long untold;

    /// @param now on the scale of [System#nanoTime]
    FloodLog(long now) {
        quietUntil = now;
    }

    void tell(FloodGuard.Kind kind, String client) {
        long now = System.nanoTime();
        if (now - quietUntil < 0) {
            untold++;
            return;
        }
        LOG.warn(
                "the HTTP/2 connection of {} was closed for a flood of frames: {} ({} more connections since the last such line)",
                client, kind.word(), untold);
        quietUntil = now + QUIET_NANOS;
        untold = 0;
    }
}
