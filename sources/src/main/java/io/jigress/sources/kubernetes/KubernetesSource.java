package io.jigress.sources.kubernetes;

import io.jigress.control.Problem;
import io.jigress.control.Resource;
import io.jigress.control.ResourceKey;
import io.jigress.control.ResourceSource;
import io.jigress.control.StatusFlow;
import io.jigress.sources.kubernetes.KindWatch.Failure;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Resources from the API server of a cluster, kept up to date by one watch per kind, and the statuses of its objects.
///
/// An API server that does not answer, a kind that is not installed and a right that is missing are problems, and what was read last stays in
/// effect. At the start the last good state stands in for what cannot be read; without one [#start] waits until the API server answers.
public final class KubernetesSource implements ResourceSource {
    private static final Logger log = LoggerFactory.getLogger(KubernetesSource.class);

    /// What was in effect before this start.
    ///
    /// @param saved when it was in effect
    public record LastGood(Instant saved, List<Resource> resources) {
        public static final LastGood NONE = new LastGood(Instant.EPOCH, List.of());
    }

    private final KubernetesSettings settings;
    private final ClusterApi api;
    private final InstantSource clock;
    private final List<KindWatch> watches = new ArrayList<>();
    private final List<Thread> threads = new ArrayList<>();
    private final CountDownLatch delivered = new CountDownLatch(1);
    private final @Nullable StatusWriter writer;

    // From here on guarded by this: what makes deliveries come one at a time.
    private final ClusterProblems problems;
    private LastGood lastGood;
    /// Until the first delivery.
    private @Nullable Map<KindWatch, List<Resource>> first = new LinkedHashMap<>();
    private boolean closed;
    private @Nullable Sink sink;

    /// @throws IllegalArgumentException when the cluster or the credentials cannot be found; the message says why
    public KubernetesSource(KubernetesSettings settings, LastGood lastGood, InstantSource clock, RandomGenerator random) {
        this.settings = settings;
        this.lastGood = lastGood;
        this.clock = clock;
        api = ClusterApi.of(settings.kubeconfig(), settings.context());
        problems = new ClusterProblems(settings.place(), api.address(), clock);
        for (WatchedKind kind : WatchedKind.ALL) {
            if (settings.wanted().test(new ResourceKey(kind.group(), kind.kind(), "", ""))) {
                watches.add(new KindWatch(kind, settings, api, new WatchListener(), random));
            }
        }
        KubernetesSettings.Statuses statuses = settings.statuses();
        writer = statuses == null
                ? null
                : new StatusWriter(statuses, api, List.copyOf(watches), clock, random, this::statusesObstructed);
    }

    /// The URL of the API server.
    public String address() {
        return api.address();
    }

    @Override
    public void statuses(StatusFlow flow) {
        if (writer != null) {
            writer.flow(flow);
        }
    }

    @Override
    public void start(Sink to) {
        synchronized (this) {
            sink = to;
            for (KindWatch watch : watches) {
                threads.add(Thread.ofVirtual().name("kubernetes-" + watch.kind().plural()).start(watch));
            }
        }
        if (writer != null) {
            writer.start();
        }
        try {
            delivered.await();
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void close() {
        List<Thread> ending;
        synchronized (this) {
            closed = true;
            ending = List.copyOf(threads);
        }
        delivered.countDown();
        if (writer != null) {
            writer.close();
        }
        ending.forEach(Thread::interrupt);
        try {
            for (Thread thread : ending) {
                thread.join(Duration.ofSeconds(5));
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
        api.close();
    }

    private final class WatchListener implements KindWatch.Listener {
        @Override
        public void listed(KindWatch watch, List<Resource> all) {
            KubernetesSource.this.listed(watch, all);
        }

        @Override
        public void changed(KindWatch watch, Map<ResourceKey, @Nullable Resource> changes) {
            KubernetesSource.this.changed(changes);
        }

        @Override
        public void statusChanged(ResourceKey key) {
            if (writer != null) {
                writer.recheck(key);
            }
        }

        @Override
        public void failed(KindWatch watch, Failure failure) {
            KubernetesSource.this.failed(watch, failure);
        }

        @Override
        public void recovered(KindWatch watch) {
            KubernetesSource.this.recovered(watch);
        }
    }

    private synchronized void listed(KindWatch watch, List<Resource> all) {
        problems.recovered(watch.kind());
        if (first != null) {
            first.put(watch, all);
            deliverFirst();
        } else {
            deliver(List.of(scope(watch.kind())), all, List.of());
        }
    }

    private synchronized void changed(Map<ResourceKey, @Nullable Resource> changes) {
        List<Resource> upserts = new ArrayList<>();
        List<Deletion> deletions = new ArrayList<>();
        changes.forEach((key, resource) -> {
            if (resource == null) {
                deletions.add(new Deletion(key, settings.place()));
            } else {
                upserts.add(resource);
            }
        });
        deliver(List.of(), upserts, deletions);
    }

    private synchronized void failed(KindWatch watch, Failure failure) {
        boolean known = problems.isFailing(watch.kind());
        problems.failed(watch.kind(), failure);
        if (!known) {
            log.debug("{}: {} cannot be read: {}", settings.place(), watch.kind().resource(), failure.message());
        }
        if (first != null) {
            deliverFirst();
        } else {
            deliver(List.of(), List.of(), List.of());
        }
    }

    private synchronized void recovered(KindWatch watch) {
        if (problems.isFailing(watch.kind())) {
            problems.recovered(watch.kind());
            deliver(List.of(), List.of(), List.of());
        }
    }

    private synchronized void statusesObstructed(@Nullable String what, String expected) {
        problems.statuses(what, expected);
        if (first == null) {
            deliver(List.of(), List.of(), List.of());
        }
    }

    /// The first delivery is made when every kind was listed or cannot be, and there is something to serve.
    private void deliverFirst() {
        Map<KindWatch, List<Resource>> listed = first;
        if (listed == null
                || !watches.stream().allMatch(watch -> listed.containsKey(watch) || problems.isFailing(watch.kind()))) {
            return;
        }
        List<Resource> all = new ArrayList<>();
        Set<WatchedKind> absent = new HashSet<>();
        for (KindWatch watch : watches) {
            List<Resource> resources = listed.get(watch);
            if (resources == null) {
                absent.add(watch.kind());
            } else {
                all.addAll(resources);
            }
        }
        boolean unreachable = absent.stream().anyMatch(problems::isUnreachable);
        if (unreachable && lastGood.resources().isEmpty()) {
            problems.standIn("there is no last good state to serve meanwhile");
            deliver(List.of(), List.of(), List.of());
            return;
        }
        if (unreachable) {
            problems.standIn("serving the last good state of " + Age.of(lastGood.saved(), clock.instant()));
        }
        absent.removeIf(problems::isMissing);
        lastGood.resources().stream().filter(resource -> absent.stream().anyMatch(kind -> kind.is(resource.key())))
                .forEach(all::add);
        first = null;
        lastGood = LastGood.NONE;
        deliver(List.of(Scope.EVERYTHING), all, List.of());
        delivered.countDown();
    }

    private void deliver(List<Scope> whole, List<Resource> resources, List<Deletion> deletions) {
        Sink to = sink;
        if (closed || to == null) {
            return;
        }
        List<Problem> changed = problems.changed();
        Map<ResourceKey, List<Problem>> update = changed == null ? Map.of() : Map.of(problems.key(), changed);
        if (!whole.isEmpty()) {
            to.replaced(whole, resources, update);
        } else if (!resources.isEmpty() || !deletions.isEmpty() || !update.isEmpty()) {
            to.changed(resources, deletions, update);
        }
    }

    private static Scope scope(WatchedKind kind) {
        return new Scope(kind.group(), kind.kind());
    }
}
