package io.jigress.control;

import io.jigress.api.Json;
import io.jigress.config.PersistentMap;
import io.jigress.control.Reconciler.Live;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/// The statuses and problems of one source's objects, to be written back by the source. Coalesced: when a status changes several times before the
/// source takes it, the source gets the newest only, so that the memory is bounded.
///
/// The reconciler reports changes on its thread and never waits; the source takes them on a thread of its own.
public final class StatusFlow {
    private final String origin;
    private final String cluster;

    // Guarded by this.
    private PersistentMap<ResourceKey, Json> latest = PersistentMap.empty();
    private PersistentMap<ResourceKey, Resource> resources = PersistentMap.empty();
    private PersistentMap<ResourceKey, List<Problem>> problems = PersistentMap.empty();
    private PersistentMap<ResourceKey, GatewayService> services = PersistentMap.empty();
    private PersistentMap<ResourceKey, Json> taken = PersistentMap.empty();
    private PersistentMap<ResourceKey, List<Problem>> takenProblems = PersistentMap.empty();
    private PersistentMap<ResourceKey, GatewayService> takenServices = PersistentMap.empty();

    /// The flow of a source whose objects belong to the local cluster.
    public StatusFlow(String origin) {
        this(origin, "");
    }

    /// @param origin whose objects' statuses these are ([Resource#origin])
    /// @param cluster that its objects belong to; the source names them without it
    public StatusFlow(String origin, String cluster) {
        this.origin = origin;
        this.cluster = cluster;
    }

    /// Reports the live state.
    public synchronized void changed(Live live) {
        resources = live.resources().resources();
        latest = live.translation().statuses();
        problems = live.translation().problems();
        services = live.translation().services();
        if (isNews()) {
            notifyAll();
        }
    }

    private boolean isNews() { return latest != taken || problems != takenProblems || services != takenServices; }

    /// The objects whose status or problems changed since the last call; waits for changes, at most for the given time.
    public synchronized List<StatusUpdate> take(long nanos) throws InterruptedException {
        long end = System.nanoTime() + nanos;
        for (long left = nanos; !isNews() && left > 0; left = end - System.nanoTime()) {
            TimeUnit.NANOSECONDS.timedWait(this, left);
        }
        Set<ResourceKey> changed = new LinkedHashSet<>();
        latest.diff(taken, (key, _, _) -> changed.add(key));
        problems.diff(takenProblems, (key, _, _) -> changed.add(key));
        services.diff(takenServices, (key, _, _) -> changed.add(key));
        taken = latest;
        takenProblems = problems;
        takenServices = services;
        return changed.stream().filter(this::isOurs).map(this::update).toList();
    }

    /// Makes the next [#take] return all objects, for a writer that starts, or that does not know what it has written.
    public synchronized void restart() {
        taken = PersistentMap.empty();
        takenProblems = PersistentMap.empty();
        takenServices = PersistentMap.empty();
    }

    /// The present status of an object; empty when it is not an object of this source.
    public synchronized Optional<StatusUpdate> now(ResourceKey named) {
        ResourceKey key = named.in(cluster);
        return isOurs(key) ? Optional.of(update(key)) : Optional.empty();
    }

    /// A problem that names what an unresolved reference probably means. The work may be proportional to the number of all objects.
    public Problem withHint(Problem problem) {
        PersistentMap<ResourceKey, Resource> known;
        synchronized (this) {
            known = resources;
        }
        return ReferenceHints.complete(List.of(problem), known).getFirst();
    }

    private StatusUpdate update(ResourceKey key) {
        List<Problem> found = problems.get(key);
        GatewayService service = services.get(key);
        return new StatusUpdate(key.in(""), latest.get(key), found == null ? List.of() : found,
                service == null ? null : service.local());
    }

    private boolean isOurs(ResourceKey key) {
        Resource resource = resources.get(key);
        return resource != null && resource.origin().equals(origin);
    }
}
