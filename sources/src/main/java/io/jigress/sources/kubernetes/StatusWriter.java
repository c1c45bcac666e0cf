package io.jigress.sources.kubernetes;

import io.jigress.api.Json;
import io.jigress.control.ResourceKey;
import io.jigress.control.StatusFlow;
import io.jigress.control.StatusUpdate;
import io.jigress.sources.kubernetes.ClusterApi.Reply;
import io.jigress.sources.kubernetes.KindWatch.Seen;
import java.io.IOException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Writes the statuses of one cluster's objects, on a thread of its own: only the newest status of each object, only if it differs from that in
/// the API server, only while this process holds the Lease, and at a limited rate. Gateways and classes come first, since others wait for them.
final class StatusWriter implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(StatusWriter.class);
    /// The time until a status is retried that was refused, or conflicted with a change that was not received yet.
    private static final Duration LATER = Duration.ofSeconds(1);
    private static final Duration MUCH_LATER = Duration.ofSeconds(30);
    /// The burst of writes after a pause.
    private static final int BURST_SECONDS = 2;
    private static final String SERVICES = "services and endpointslices.discovery.k8s.io";
    private static final Set<String> FIRST = Set.of("GatewayClass", "Gateway", "ListenerSet");

    /// Receives what prevents the writing; null when nothing does (any more).
    interface ObstacleListener {
        void changed(@Nullable String what, String expected);
    }

    private final ClusterApi api;
    private final List<KindWatch> watches;
    private final InstantSource clock;
    private final RandomGenerator random;
    private final ObstacleListener obstacles;
    private final Leadership leadership;
    private final Tokens tokens;
    private final EventWriter events;
    private final ServiceWriter services;
    private final Thread thread;
    private volatile @Nullable StatusFlow flow;
    private volatile boolean closed;

    /// Objects of which the watches reported a change. Guarded by itself.
    private final Set<ResourceKey> rechecks = new LinkedHashSet<>();

    // The following fields are used by the writer's thread only.
    private final Set<ResourceKey> urgent = new LinkedHashSet<>();
    private final Set<ResourceKey> pending = new LinkedHashSet<>();
    /// When to retry keys that could not be written.
    private final Map<ResourceKey, Long> later = new HashMap<>();
    private long nextAttempt = System.nanoTime();
    private Leadership.Obstacle leaseObstacle = new Leadership.Obstacle("", "");
    private Leadership.Obstacle reportedObstacle = leaseObstacle;
    /// The kinds that may not be patched.
    private final Set<String> forbidden = new TreeSet<>();
    private boolean led;

    StatusWriter(KubernetesSettings.Statuses settings, ClusterApi api, List<KindWatch> watches, InstantSource clock,
            RandomGenerator random, ObstacleListener obstacles) {
        this.api = api;
        this.watches = watches;
        this.clock = clock;
        this.random = random;
        this.obstacles = obstacles;
        leadership = new Leadership(settings, api, clock);
        events = new EventWriter(api, clock);
        services = new ServiceWriter(api, watches, settings.pods());
        tokens = new Tokens(settings.perSecond(), settings.perSecond() * BURST_SECONDS);
        thread = Thread.ofVirtual().name("kubernetes-statuses").unstarted(this::run);
    }

    void flow(StatusFlow statuses) {
        flow = statuses;
    }

    void start() {
        if (flow != null) {
            thread.start();
        }
    }

    /// An object is new, or its status changed.
    void recheck(ResourceKey key) {
        synchronized (rechecks) {
            rechecks.add(key);
        }
    }

    /// An object was changed or removed: it may be the Service of a Gateway.
    void objectChanged(ResourceKey key) {
        services.changed(key).forEach(this::recheck);
    }

    /// All objects of a kind were read again.
    void listed(WatchedKind kind) {
        services.listed(kind).forEach(this::recheck);
    }

    @Override
    public void close() {
        closed = true;
        thread.interrupt();
        try {
            thread.join(TimeUnit.SECONDS.toMillis(5));
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    private void run() {
        StatusFlow statuses = flow;
        while (!closed && statuses != null) {
            try {
                lead();
                if (leadership.isLeading()) {
                    gather(statuses);
                    write(statuses);
                } else {
                    forget(statuses);
                    rest(nextAttempt - System.nanoTime());
                }
            } catch (InterruptedException _) {
                break;
            } catch (IOException e) {
                log.debug("statuses cannot be written: {}", ClusterApi.why(e));
                restQuietly(LATER.toNanos());
            } catch (RuntimeException | Error e) {
                log.error("statuses cannot be written", e);
                restQuietly(LATER.toNanos());
            }
        }
        release();
    }

    private void release() {
        // The interrupt that ended the thread must not prevent the release of the Lease.
        boolean interrupted = Thread.interrupted();
        try {
            leadership.release();
        } catch (IOException | Leadership.Forbidden e) {
            log.debug("the Lease was not released: {}", e.getMessage());
        } catch (InterruptedException _) {
            interrupted = true;
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private void lead() throws IOException, InterruptedException {
        long now = System.nanoTime();
        if (now - nextAttempt < 0) {
            return;
        }
        long period = leadership.period().toNanos();
        nextAttempt = now + period + random.nextLong(1 + period / 5);
        try {
            leadership.attempt();
            leaseObstacle = new Leadership.Obstacle("", "");
        } catch (Leadership.Forbidden e) {
            leaseObstacle = e.obstacle();
        }
        reportObstacle();
        if (leadership.isLeading() != led) {
            led = leadership.isLeading();
            log.info("statuses are written by {}", led ? "this process" : leadership.holder());
        }
    }

    private void reportObstacle() {
        Leadership.Obstacle obstacle = leaseObstacle.why().isEmpty() && !forbidden.isEmpty()
                ? new Leadership.Obstacle("does not let this gateway patch " + String.join(", ", forbidden),
                        "a ClusterRole with the verb patch for them" + (forbidden.contains(SERVICES)
                                ? ", and with create and delete for Services and EndpointSlices"
                                : ""))
                : leaseObstacle;
        if (!obstacle.equals(reportedObstacle)) {
            reportedObstacle = obstacle;
            obstacles.changed(obstacle.why().isEmpty() ? null : obstacle.why(), obstacle.expected());
        }
    }

    private void forget(StatusFlow statuses) {
        statuses.restart();
        pending.clear();
        urgent.clear();
        later.clear();
        events.forget();
        services.forget();
        synchronized (rechecks) {
            rechecks.clear();
        }
    }

    /// The keys to process; waits a limited time for them.
    private void gather(StatusFlow statuses) throws InterruptedException {
        boolean idle = pending.isEmpty() && urgent.isEmpty();
        for (StatusUpdate update : statuses.take(idle ? TimeUnit.MILLISECONDS.toNanos(100) : 0)) {
            add(update.resource());
        }
        List<ResourceKey> taken;
        synchronized (rechecks) {
            taken = List.copyOf(rechecks);
            rechecks.clear();
        }
        taken.forEach(key -> {
            later.remove(key);
            add(key);
        });
        long now = System.nanoTime();
        later.entrySet().removeIf(entry -> {
            boolean due = now - entry.getValue() >= 0;
            if (due) {
                add(entry.getKey());
            }
            return due;
        });
    }

    private void add(ResourceKey key) {
        (FIRST.contains(key.kind()) ? urgent : pending).add(key);
    }

    /// Writes one batch; ends early when the Lease must be renewed.
    private void write(StatusFlow statuses) throws IOException, InterruptedException {
        List<ResourceKey> keys = urgent.isEmpty() ? pending.stream().limit(tokens.perSecond()).toList() : List.copyOf(urgent);
        for (ResourceKey key : keys) {
            if (closed || System.nanoTime() - nextAttempt >= 0) {
                return;
            }
            write(key, statuses);
            urgent.remove(key);
            pending.remove(key);
        }
    }

    private void write(ResourceKey key, StatusFlow statuses) throws IOException, InterruptedException {
        Optional<StatusUpdate> update = statuses.now(key);
        KindWatch watch = watches.stream().filter(w -> w.kind().is(key)).findFirst().orElse(null);
        Seen seen = watch == null ? null : watch.seen(key);
        if (update.isEmpty() || watch == null || seen == null) {
            return;
        }
        events.report(watch.kind(), seen.resource(), update.get().problems(), statuses::withHint);
        if (!watch.kind().hasStatus()) {
            return;
        }
        if (key.kind().equals("Gateway")) {
            service(key, seen, update.get());
        }
        Optional<Json.Obj> patch = StatusMerge.patch(seen.status(), update.get().status(), clock.instant());
        if (patch.isEmpty()) {
            return;
        }
        tokens.take();
        Json body = Json.object().put("metadata", Json.object().put("resourceVersion", seen.resourceVersion()).build())
                .put("status", patch.get()).build();
        Reply reply = api.send("PATCH", watch.kind().path(watch.version(), key) + "/status", "application/merge-patch+json",
                body.toString());
        switch (reply.code()) {
            case 200 -> {
                ObjectReader.Item item = new ObjectReader(watch.kind(), "").object(reply.body(), watch.version());
                watch.wrote(key, item.resourceVersion(), item.status());
                forbidden.remove(watch.kind().resource() + "/status");
                reportObstacle();
            }
            // Changed meanwhile: the watch reports the change.
            case 409 -> later(key, LATER);
            case 404 -> {}
            case 403 -> {
                forbidden.add(watch.kind().resource() + "/status");
                reportObstacle();
                later(key, MUCH_LATER);
            }
            default -> {
                log.warn("the status of {} was refused: {}", key, StatusText.message(reply.body()));
                later(key, MUCH_LATER);
            }
        }
    }

    private void service(ResourceKey gateway, Seen seen, StatusUpdate update) throws IOException, InterruptedException {
        switch (services.write(seen.resource(), update.service(), tokens)) {
            case DONE -> forbidden.remove(SERVICES);
            case LATER -> later(gateway, LATER);
            case FORBIDDEN -> {
                forbidden.add(SERVICES);
                later(gateway, MUCH_LATER);
            }
        }
        reportObstacle();
    }

    private void later(ResourceKey key, Duration pause) {
        later.put(key, System.nanoTime() + pause.toNanos());
    }

    private static void rest(long nanos) throws InterruptedException {
        if (nanos > 0) {
            TimeUnit.NANOSECONDS.sleep(nanos);
        }
    }

    private static void restQuietly(long nanos) {
        try {
            rest(nanos);
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }
}
