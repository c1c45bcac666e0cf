package io.jigress.proxy.tls;

import io.jigress.proxy.telemetry.LoopMetrics;
import io.jigress.proxy.telemetry.UpstreamTlsFailure;
import java.util.Locale;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What is told of TLS handshakes with endpoints that fail. For several threads.
public final class UpstreamHandshakes {
    private static final Logger LOG = LoggerFactory.getLogger(UpstreamHandshakes.class);

    private final LineLimit lines;

    /// @param clock monotonic nanoseconds
    public UpstreamHandshakes(LongSupplier clock) {
        this.lines = new LineLimit(UpstreamTlsFailure.values().length, clock);
    }

    /// Counts a failure, and logs it unless its reason was logged within the last second.
    ///
    /// @param metrics of the connection's event loop
    /// @param cluster the object that the endpoint belongs to
    @SuppressWarnings("EnumOrdinal")
    public void failed(LoopMetrics metrics, UpstreamTlsFailure reason, String cluster, String endpoint, String serverName,
            String detail) {
        metrics.upstreamHandshakeFailed(reason);
        long more = lines.admit(reason.ordinal());
        if (more >= 0) {
            LOG.warn("TLS handshake with {} of {} failed: {}{}{}{}", endpoint, cluster, reason.name().toLowerCase(Locale.ROOT),
                    serverName.isEmpty() ? "" : " (server name " + serverName + ")", detail.isEmpty() ? "" : ", " + detail,
                    LineLimit.tail(more));
        }
    }
}
