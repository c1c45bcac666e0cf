package io.jigress.sources.kubernetes;

import io.jigress.api.Json;
import io.jigress.control.Resource;
import io.jigress.control.ResourceKey;
import io.jigress.control.StatusFlow;
import io.jigress.control.StatusUpdate;
import io.jigress.sources.kubernetes.ClusterApi.Reply;
import io.jigress.sources.kubernetes.KindWatch.Seen;
import java.io.IOException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
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
    /// While many Gateways wait, one in this number of writes is for another kind.
    private static final int SHARE_OF_OTHERS = 4;
    private static final Set<String> FIRST = Set.of("GatewayClass", "Gateway", "ListenerSet");

    private final ClusterApi api;
    private final List<KindWatch> watches;
    private final InstantSource clock;
    private final RandomGenerator random;
    private final WriteObstacles obstacles;
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
    private final FairQueue urgent = new FairQueue();
    private final FairQueue pending = new FairQueue();
    /// When to retry keys that could not be written.
    private final Map<ResourceKey, Long> later = new HashMap<>();
    private long nextAttempt = System.nanoTime();
    /// Objects to be written because the watch, not the gateway, reported a change.
    private final Set<ResourceKey> undone = new HashSet<>();
    private final Contention contention = new Contention();
    private String holder = "";

    StatusWriter(KubernetesSettings.Statuses settings, ClusterApi api, List<KindWatch> watches, InstantSource clock,
            RandomGenerator random, WriteObstacles.Listener obstacles) {
        this.api = api;
        this.watches = watches;
        this.clock = clock;
        this.random = random;
        this.obstacles = new WriteObstacles(obstacles);
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
        } catch (IOException | Leadership.Refused e) {
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
            obstacles.lease(null);
        } catch (Leadership.Refused e) {
            obstacles.lease(e.obstacle());
        }
        obstacles.contended(contention.contended(now));
        if (!leadership.holder().equals(holder)) {
            holder = leadership.holder();
            log.info("statuses are written by {}", leadership.isLeading() ? "this process" : holder.isEmpty() ? "none" : holder);
        }
    }

    private void forget(StatusFlow statuses) {
        statuses.restart();
        pending.clear();
        urgent.clear();
        later.clear();
        undone.clear();
        contention.clear();
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
            undone.remove(update.resource());
            add(update.resource());
        }
        List<ResourceKey> taken;
        synchronized (rechecks) {
            taken = List.copyOf(rechecks);
            rechecks.clear();
        }
        taken.forEach(key -> {
            later.remove(key);
            if (add(key)) {
                undone.add(key);
            }
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

    /// @return whether it was not to be written yet
    private boolean add(ResourceKey key) {
        return (FIRST.contains(key.kind()) ? urgent : pending).add(key);
    }

    /// Writes one batch; ends early when the Lease must be renewed.
    private void write(StatusFlow statuses) throws IOException, InterruptedException {
        // Gateways that are written again and again must not keep others waiting.
        int others = urgent.isEmpty() ? tokens.perSecond() : Math.max(1, tokens.perSecond() / SHARE_OF_OTHERS);
        Deque<ResourceKey> keys = new ArrayDeque<>(urgent.take(tokens.perSecond()));
        keys.addAll(pending.take(others));
        try {
            while (!keys.isEmpty() && !closed && System.nanoTime() - nextAttempt < 0) {
                ResourceKey key = keys.getFirst();
                write(key, undone.contains(key), statuses);
                keys.removeFirst();
                if (!later.containsKey(key)) {
                    undone.remove(key);
                }
            }
        } finally {
            keys.forEach(this::add);
        }
    }

    /// @param again whether another client may have changed what was written before
    private void write(ResourceKey key, boolean again, StatusFlow statuses) throws IOException, InterruptedException {
        Optional<StatusUpdate> update = statuses.now(key);
        KindWatch watch = watches.stream().filter(w -> w.kind().is(key)).findFirst().orElse(null);
        Seen seen = watch == null ? null : watch.seen(key);
        if (update.isEmpty() || watch == null || seen == null) {
            return;
        }
        event(watch.kind(), seen.resource(), update.get(), statuses);
        if (!watch.kind().hasStatus()) {
            return;
        }
        long pause = again ? contention.pause(key, System.nanoTime()) : 0;
        if (pause > 0) {
            later(key, Duration.ofNanos(pause));
            return;
        }
        if (key.kind().equals("Gateway")) {
            service(key, again, seen, update.get());
        }
        Optional<Json.Obj> patch = StatusMerge.patch(seen.status(), update.get().status(), clock.instant());
        if (patch.isEmpty()) {
            return;
        }
        if (again) {
            contention.written(key, System.nanoTime());
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
                obstacles.patch(watch.kind(), true);
            }
            // Changed meanwhile: the watch reports the change.
            case 409 -> later(key, LATER);
            case 404 -> {}
            case 403 -> {
                obstacles.patch(watch.kind(), false);
                later(key, MUCH_LATER);
            }
            default -> {
                log.warn("the status of {} was refused: {}", key, StatusText.message(reply.body()));
                later(key, MUCH_LATER);
            }
        }
    }

    private void event(WatchedKind kind, Resource resource, StatusUpdate update, StatusFlow statuses)
            throws IOException, InterruptedException {
        EventWriter.Outcome outcome = events.report(kind, resource, update.problems(), statuses::withHint);
        if (outcome != EventWriter.Outcome.NONE) {
            obstacles.events(outcome == EventWriter.Outcome.WRITTEN);
        }
        if (outcome == EventWriter.Outcome.FORBIDDEN) {
            later(resource.key(), MUCH_LATER);
        }
    }

    private void service(ResourceKey gateway, boolean again, Seen seen, StatusUpdate update)
            throws IOException, InterruptedException {
        int before = services.writes();
        ServiceWriter.Outcome outcome = services.write(seen.resource(), update.service(), tokens);
        if (again && services.writes() != before) {
            contention.written(gateway, System.nanoTime());
        }
        switch (outcome) {
            case DONE -> obstacles.services(true);
            case LATER -> later(gateway, LATER);
            case FORBIDDEN -> {
                obstacles.services(false);
                later(gateway, MUCH_LATER);
            }
        }
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
