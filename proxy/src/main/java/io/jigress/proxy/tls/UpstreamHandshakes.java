package io.jigress.proxy.tls;

import io.jigress.proxy.telemetry.LoopMetrics;
import io.jigress.proxy.telemetry.UpstreamTlsFailure;
import java.util.Locale;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Counts and logs failed TLS handshakes with endpoints. For several threads.
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
    public void failed(LoopMetrics metrics, UpstreamTlsFailure reason, String cluster, String endpoint, String serverName,
            String detail) {
        metrics.upstreamHandshakeFailed(reason);
        log("handshake", reason, cluster, endpoint, serverName, detail);
    }

    /// The same for a connection whose handshake has succeeded. Only an alert counts as a failed handshake: with TLS 1.3, an endpoint refuses the
    /// gateway's certificate that late.
    public void brokenOff(LoopMetrics metrics, UpstreamTlsFailure reason, String cluster, String endpoint, String serverName,
            String detail) {
        if (reason == UpstreamTlsFailure.REFUSED_BY_UPSTREAM) {
            metrics.upstreamHandshakeFailed(reason);
        }
        log("connection", reason, cluster, endpoint, serverName, detail);
    }

    @SuppressWarnings("EnumOrdinal")
    private void log(String what, UpstreamTlsFailure reason, String cluster, String endpoint, String serverName, String detail) {
        long more = lines.admit(reason.ordinal());
        if (more >= 0) {
            LOG.warn("TLS {} with {} of {} failed: {}{}{}{}", what, endpoint, cluster, reason.name().toLowerCase(Locale.ROOT),
                    serverName.isEmpty() ? "" : " (server name " + serverName + ")", detail.isEmpty() ? "" : ", " + detail,
                    LineLimit.tail(more));
        }
    }
}
