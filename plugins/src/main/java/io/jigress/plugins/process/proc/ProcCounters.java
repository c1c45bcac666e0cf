package io.jigress.plugins.process.proc;

import io.jigress.api.Services;
import io.jigress.api.Services.Counter;

/// The metrics of processing plugins.
final class ProcCounters {
    private final Counter streams;
    private final Counter sent;
    private final Counter received;
    private final Counter spurious;
    private final Counter timeouts;
    private final Counter failures;
    private final Counter failureAllowed;
    private final Counter immediate;
    private final Counter rejected;
    private final Counter notRematched;
    private final Counter notShown;
    private final Counter quarantined;

    ProcCounters(Services services) {
        streams = services.counter("streams", "Streams that were opened");
        sent = services.counter("messages_sent", "Messages sent to servers");
        received = services.counter("messages_received", "Messages received from servers");
        spurious = services.counter("spurious_messages", "Messages of servers that answer nothing that was sent");
        timeouts = services.counter("message_timeouts", "Messages that were not answered in time");
        failures = services.counter("failures", "Requests for which the server failed");
        failureAllowed = services.counter("failure_mode_allowed", "Requests that went on though the server failed");
        immediate = services.counter("immediate_responses", "Requests that the server answered");
        rejected = services.counter("rejected_mutations", "Changes of fields that were refused");
        notRematched = services.counter("clear_route_cache_ignored", "Requests to choose the route again that came too late");
        notShown = services.counter("observability_dropped", "Messages that an observer was not sent, since it reads too slowly");
        quarantined = services.counter("quarantined",
                "Requests that got the fail mode at once, since the plugin is in quarantine");
    }

    void opened() {
        streams.add(1);
    }

    void sent() {
        sent.add(1);
    }

    void received() {
        received.add(1);
    }

    void spurious() {
        spurious.add(1);
    }

    void timedOut() {
        timeouts.add(1);
    }

    void failed(boolean open) {
        failures.add(1);
        if (open) {
            failureAllowed.add(1);
        }
    }

    void immediate() {
        immediate.add(1);
    }

    void rejected(long count) {
        rejected.add(count);
    }

    void notRematched() {
        notRematched.add(1);
    }

    void notShown() {
        notShown.add(1);
    }

    void quarantined() {
        quarantined.add(1);
    }
}
