package io.jigress.proxy.tls;

import io.jigress.proxy.telemetry.HandshakeFailure;
import io.jigress.proxy.telemetry.LoopMetrics;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The TLS handshakes of all event loops: how many are under way, and what is told of those that fail. For several threads.
public final class Handshakes {
    private static final Logger LOG = LoggerFactory.getLogger(Handshakes.class);
    private static final long LINE_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final int most;
    private final LongSupplier clock;
    private final AtomicInteger underWay = new AtomicInteger();
    /// By reason: when the last line of the log was written, and how many failures were not told since.
    private final AtomicLongArray told = new AtomicLongArray(HandshakeFailure.values().length);
    private final AtomicLongArray untold = new AtomicLongArray(HandshakeFailure.values().length);

    /// @param most may be under way (`limits.handshakes`)
    /// @param clock monotonic nanoseconds
    public Handshakes(int most, LongSupplier clock) {
        this.most = most;
        this.clock = clock;
        long before = clock.getAsLong() - LINE_NANOS;
        for (int i = 0; i < told.length(); i++) {
            told.set(i, before);
        }
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
        int index = reason.ordinal();
        long last = told.get(index);
        long now = clock.getAsLong();
        if (now - last < LINE_NANOS || !told.compareAndSet(index, last, now)) {
            untold.incrementAndGet(index);
            return;
        }
        long more = untold.getAndSet(index, 0);
        LOG.info("TLS handshake failed on {}: {} (client {}{}{}){}", listener,
                reason.name().toLowerCase(Locale.ROOT), client, serverName.isEmpty() ? "" : ", server name " + serverName,
                detail.isEmpty() ? "" : ", " + detail, more == 0 ? "" : "; " + more + " more before");
    }
}
