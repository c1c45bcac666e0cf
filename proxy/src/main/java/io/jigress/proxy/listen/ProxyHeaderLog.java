package io.jigress.proxy.listen;

import io.jigress.proxy.telemetry.ProxyProtocolFailure;
import io.jigress.proxy.tls.LineLimit;
import java.time.Duration;
import java.util.Locale;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Logs connections that were closed because of the PROXY protocol: one a minute for each listener, with the number of those in between. For several
/// threads.
final class ProxyHeaderLog {
    private static final Logger LOG = LoggerFactory.getLogger(ProxyHeaderLog.class);

    private final LineLimit lines;

    /// @param clock monotonic nanoseconds
    ProxyHeaderLog(LongSupplier clock) {
        this.lines = new LineLimit(1, Duration.ofMinutes(1), clock);
    }

    void failed(String listener, String peer, ProxyProtocolFailure reason, String what) {
        long more = lines.admit(0);
        if (more >= 0) {
            LOG.warn("PROXY protocol on {}: the connection of {} is closed: {} ({}){}", listener, peer, what,
                    reason.name().toLowerCase(Locale.ROOT), LineLimit.tail(more));
        }
    }
}
