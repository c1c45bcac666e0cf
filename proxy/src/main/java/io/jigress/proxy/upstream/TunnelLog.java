package io.jigress.proxy.upstream;

import io.jigress.proxy.tls.LineLimit;
import java.time.Duration;
import java.util.Locale;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Writes to the program's log that HTTP proxies did not open connections to endpoints: at most one line a second for each reason. For several threads.
final class TunnelLog {
    private static final Logger LOG = LoggerFactory.getLogger("io.jigress.proxy.upstream.ForwardProxies");

    private final LineLimit lines;

    /// @param clock monotonic nanoseconds
    TunnelLog(LongSupplier clock) {
        this.lines = new LineLimit(ConnectAnswer.Fault.values().length, Duration.ofSeconds(1), clock);
    }

    /// @param status of the proxy's response; 0 for none
    /// @param cluster the object that the endpoint belongs to
    @SuppressWarnings("EnumOrdinal")
    void failed(ConnectAnswer.Fault fault, String proxy, String endpoint, int status, String cluster) {
        long more = lines.admit(fault.ordinal());
        if (more >= 0) {
            LOG.warn("the HTTP proxy {} opened no connection to {} of {}: {}{}{}", proxy, endpoint, cluster,
                    fault.name().toLowerCase(Locale.ROOT), status == 0 ? "" : ", status " + status, LineLimit.tail(more));
        }
    }
}
