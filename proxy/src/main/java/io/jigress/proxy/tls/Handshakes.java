package io.jigress.proxy.tls;

import io.jigress.proxy.telemetry.HandshakeFailure;
import io.jigress.proxy.telemetry.LoopMetrics;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The TLS handshakes of all event loops: limits how many are in progress, and counts and logs those that fail. For several threads.
public final class Handshakes {
    private static final Logger LOG = LoggerFactory.getLogger(Handshakes.class);

    private final int most;
    private final AtomicInteger underWay = new AtomicInteger();
    private final LineLimit lines;

    /// @param most may be under way (`limits.handshakes`)
    /// @param clock monotonic nanoseconds
    public Handshakes(int most, LongSupplier clock) {
        this.most = most;
        this.lines = new LineLimit(HandshakeFailure.values().length, clock);
    }

    /// @return whether another one may begin; then [#end] is to be called
    public boolean begin() {
        if (underWay.incrementAndGet() <= most) {
            return true;
        }
        underWay.decrementAndGet();
        return false;
    }

    public void end() {
        underWay.decrementAndGet();
    }

    public int underWay() {
        return underWay.get();
    }

    public static HandshakeFailure reason(Throwable thrown) {
        return HandshakeFaults.of(thrown);
    }

    /// What was thrown, in a few words.
    public static String message(Throwable thrown) {
        return HandshakeFaults.message(thrown);
    }

    /// Counts a failure, and logs it unless its reason was logged within the last second.
    ///
    /// @param metrics of the connection's event loop
    /// @param serverName empty when it is not known
    @SuppressWarnings("EnumOrdinal")
    public void failed(LoopMetrics metrics, HandshakeFailure reason, String listener, String client, String serverName,
            String detail) {
        metrics.handshakeFailed(reason);
        long more = lines.admit(reason.ordinal());
        if (more < 0) {
            return;
        }
        LOG.info("TLS handshake failed on {}: {} (client {}{}{}){}", listener,
                reason.name().toLowerCase(Locale.ROOT), client, serverName.isEmpty() ? "" : ", server name " + serverName,
                detail.isEmpty() ? "" : ", " + detail, LineLimit.tail(more));
    }
}
