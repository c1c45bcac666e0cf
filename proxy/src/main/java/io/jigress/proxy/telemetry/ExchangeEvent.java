package io.jigress.proxy.telemetry;

import io.jigress.api.ProxyFailure;
import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Enabled;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;
import org.jspecify.annotations.Nullable;

/// One exchange in a JFR recording. Off by default; a recording enables it, optionally with a threshold.
@Name("io.jigress.Exchange")
@Label("Exchange")
@Category("Jigress")
@Description("A request and its response, from the first byte in to the last byte out")
@Enabled(false)
@StackTrace(false)
final class ExchangeEvent extends Event {
    /// Never committed: it tells whether the event is enabled, so that none is created per exchange while it is not.
    private static final ExchangeEvent PROBE = new ExchangeEvent();

    @Label("Route") String route = "";
    @Label("Method") String method = "";
    @Label("Status") int status;
    @Label("Cluster") String cluster = "";
    @Label("Endpoint") String endpoint = "";
    @Label("Attempts") int attempts;
    @Label("Flag")
    @Description("The response flag of the access log; empty when nothing failed") String flag = "";

    /// A running event, or null while no recording asks for them.
    static @Nullable ExchangeEvent begun() {
        if (!PROBE.isEnabled()) {
            return null;
        }
        ExchangeEvent event = new ExchangeEvent();
        event.begin();
        return event;
    }

    void commit(AccessRecord of) {
        end();
        if (shouldCommit()) {
            route = of.route();
            method = of.method();
            status = of.status();
            cluster = of.cluster();
            endpoint = of.endpoint();
            attempts = of.attempts();
            ProxyFailure failure = of.failure();
            flag = failure == null ? "" : failure.kind().flag();
            commit();
        }
    }
}
