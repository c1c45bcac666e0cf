package io.jigress.sources.kubernetes;

import io.jigress.sources.kubernetes.Leadership.Obstacle;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// What prevents the writing to a cluster at present, as one message, reported when it changes. For one thread.
final class WriteObstacles {
    private static final String SERVICES = "services and endpointslices.discovery.k8s.io";
    private static final String EVENTS = "events";
    /// What was not tried again for this time is not reported any longer: the objects may be gone.
    private static final long STALE_NANOS = TimeUnit.SECONDS.toNanos(90);
    private static final Obstacle NONE = new Obstacle("", "");

    /// Receives what prevents the writing; null when nothing does (any more).
    interface Listener {
        void changed(@Nullable String what, String expected);
    }

    private final Listener listener;
    private Obstacle lease = NONE;
    /// The resources that may not be written, with the time of the last attempt.
    private final Map<String, Long> forbidden = new TreeMap<>();
    private String contended = "";
    private Obstacle reported = NONE;

    WriteObstacles(Listener listener) {
        this.listener = listener;
    }

    /// Whether and why the Lease cannot be used.
    void lease(@Nullable Obstacle why) {
        lease = why == null ? NONE : why;
        report();
    }

    /// Whether the status of a kind may be patched.
    void patch(WatchedKind kind, boolean allowed) {
        written(kind.resource() + "/status", allowed);
    }

    /// Whether Services of Gateways may be written.
    void services(boolean allowed) {
        written(SERVICES, allowed);
    }

    /// Whether Events may be created.
    void events(boolean allowed) {
        written(EVENTS, allowed);
    }

    private void written(String resource, boolean allowed) {
        if (allowed) {
            forbidden.remove(resource);
        } else {
            forbidden.put(resource, System.nanoTime());
        }
        report();
    }

    /// To be called from time to time.
    ///
    /// @param objects that another client keeps changing back; empty for none
    void contended(String objects) {
        long now = System.nanoTime();
        forbidden.values().removeIf(last -> now - last > STALE_NANOS);
        contended = objects;
        report();
    }

    private void report() {
        Obstacle now = present();
        if (!now.equals(reported)) {
            reported = now;
            listener.changed(now.why().isEmpty() ? null : now.why(), now.expected());
        }
    }

    private Obstacle present() {
        if (!lease.why().isEmpty()) {
            return lease;
        }
        List<String> what = new ArrayList<>();
        List<String> expected = new ArrayList<>();
        List<String> patched = forbidden.keySet().stream().filter(resource -> !resource.equals(EVENTS)).toList();
        if (!patched.isEmpty()) {
            what.add("does not let this gateway patch " + String.join(", ", patched));
            expected.add("a ClusterRole with the verb patch for them" + (patched.contains(SERVICES)
                    ? ", and with create and delete for Services and EndpointSlices"
                    : ""));
        }
        if (forbidden.containsKey(EVENTS)) {
            what.add("does not let this gateway create events");
            expected.add("a ClusterRole with the verb create for them");
        }
        if (!contended.isEmpty()) {
            what.add("has another client that changes back what this gateway writes to " + contended
                    + ", so that it writes them with growing pauses");
            expected.add("one writer for them");
        }
        return new Obstacle(String.join("; ", what), String.join("; ", expected));
    }
}
