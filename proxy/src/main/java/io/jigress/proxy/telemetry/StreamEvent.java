package io.jigress.proxy.telemetry;

import io.jigress.api.ProxyFailure;
import java.util.Locale;
import jdk.jfr.Category;
import jdk.jfr.DataAmount;
import jdk.jfr.Description;
import jdk.jfr.Enabled;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;
import org.jspecify.annotations.Nullable;

/// One TCP connection or UDP session in a JFR recording. Off by default; a recording enables it, optionally with a threshold.
@Name("io.jigress.Stream")
@Label("Stream")
@Category("Jigress")
@Description("A TCP connection or a UDP session, from its begin to its end")
@Enabled(false)
@StackTrace(false)
public final class StreamEvent extends Event {
    /// Never committed: it tells whether the event is enabled, so that none is created per stream while it is not.
    private static final StreamEvent PROBE = new StreamEvent();

    @Label("Protocol") String protocol = "";
    @Label("Route") String route = "";
    @Label("Cluster") String cluster = "";
    @Label("Endpoint") String endpoint = "";
    @Label("Attempts") int attempts;
    @Label("Bytes received")
    @DataAmount long bytesReceived;
    @Label("Bytes sent")
    @DataAmount long bytesSent;
    @Label("Closed by") String closedBy = "";
    @Label("Flag")
    @Description("The flag of the access log; empty when nothing failed") String flag = "";

    private StreamEvent() {}

    /// A running event, or null while no recording asks for them.
    public static @Nullable StreamEvent begun() {
        if (!PROBE.isEnabled()) {
            return null;
        }
        StreamEvent event = new StreamEvent();
        event.begin();
        return event;
    }

    /// The stream has ended.
    ///
    /// @param of all facts of the stream
    public void commit(AccessRecord of) {
        if (shouldCommit()) {
            protocol = of.protocol();
            route = of.route();
            cluster = of.cluster();
            endpoint = of.endpoint();
            attempts = of.attempts();
            bytesReceived = of.bytesReceived();
            bytesSent = of.bytesSent();
            ClosedBy by = of.closedBy();
            closedBy = by == null ? "" : by.name().toLowerCase(Locale.ROOT);
            ProxyFailure failure = of.failure();
            flag = failure == null ? "" : failure.kind().flag();
            commit();
        }
    }
}
