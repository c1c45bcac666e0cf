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
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Resources from the API server of a cluster, kept up to date by one watch per kind, and writing of the statuses of its objects.
///
/// An API server that does not respond, a kind that is not installed and a missing permission are problems; the objects read last stay in
/// effect. At the start the last good state is used for what cannot be read; without one, [#start] waits until the API server responds, if the
/// cluster is required ([KubernetesSettings#required]).
public final class KubernetesSource implements ResourceSource {
    /// The limit of Secrets and ConfigMaps that objects refer to; each needs a watch of its own.
    private static final int SECRET_LIMIT = 100;

    private static final Logger log = LoggerFactory.getLogger(KubernetesSource.class);

    /// The objects in effect before this start.
    ///
    /// @param saved when it was in effect
    public record LastGood(Instant saved, List<Resource> resources) {
        public static final LastGood NONE = new LastGood(Instant.EPOCH, List.of());
    }

    private final KubernetesSettings settings;
    private final ClusterApi api;
    private final InstantSource clock;
    private final RandomGenerator random;
    private final List<KindWatch> watches = new ArrayList<>();
    private final List<Thread> threads = new ArrayList<>();
    private final CountDownLatch delivered = new CountDownLatch(1);
    private final @Nullable StatusWriter writer;

    /// Not guarded: whoever passes them must not wait for a delivery, which may wait for the caller.
    private volatile Set<ResourceKey> references = Set.of();

    // The following fields are guarded by this, which also serialises deliveries.
    private final ClusterProblems problems;
    private LastGood lastGood;
    /// When the last good state was in effect that is served until the API server answers; null when none is.
    private @Nullable Instant restored;
    /// Only until the first delivery.
    private @Nullable Map<KindWatch, List<Resource>> first = new LinkedHashMap<>();
    private boolean closed;
    private @Nullable Sink sink;
    /// The watches of Secrets and ConfigMaps that objects refer to.
    private final Map<ResourceKey, SecretWatch> secrets = new HashMap<>();

    private record SecretWatch(KindWatch watch, Thread thread) {}

    /// @throws IllegalArgumentException when the cluster or the credentials cannot be found; the message says why
    public KubernetesSource(KubernetesSettings settings, LastGood lastGood, InstantSource clock, RandomGenerator random) {
        this(settings, ClusterApi.of(settings.kubeconfig(), settings.context(), settings.quiet()), lastGood, clock, random);
    }

    /// A source of the cluster that a kubeconfig of a Secret describes.
    ///
    /// @param settings whose kubeconfig and context are not used
    /// @throws IllegalArgumentException when the credentials cannot be used; the message does not show them
    public KubernetesSource(KubernetesSettings settings, Kubeconfig kubeconfig, LastGood lastGood, InstantSource clock,
            RandomGenerator random) {
        this(settings, ClusterApi.of(kubeconfig, settings.quiet()), lastGood, clock, random);
    }

    /// @param api is closed with this source
    private KubernetesSource(KubernetesSettings settings, ClusterApi api, LastGood lastGood, InstantSource clock,
            RandomGenerator random) {
        this.settings = settings;
        this.api = api;
        this.lastGood = lastGood;
        this.clock = clock;
        this.random = random;
        problems = new ClusterProblems(settings.place(), api.address(), clock);
        for (WatchedKind kind : WatchedKind.ALL) {
            if (settings.wanted().test(new ResourceKey(kind.group(), kind.kind(), "", ""))) {
                kind.parts(settings.namespaces(), settings.labels())
                        .forEach(part -> watches.add(new KindWatch(part, settings, api, new WatchListener(), random)));
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

    /// When its objects were the present ones: now, or before the API server stopped to answer.
    public synchronized Instant asOf() {
        return first != null
                ? lastGood.saved()
                : problems.since().map(since -> restored == null ? since : restored).orElseGet(clock::instant);
    }

    @Override
    public void statuses(StatusFlow flow) {
        if (writer != null) {
            writer.flow(flow);
        }
    }

    @Override
    public void references(Set<ResourceKey> keys) {
        references = Set.copyOf(keys);
        // On another thread: the caller must not wait for the sink, which may wait for the caller.
        Thread.ofVirtual().name("kubernetes-references").start(this::follow);
    }

    /// Watches the Secrets and ConfigMaps that objects refer to, except Secrets with certificates, which are always watched.
    private synchronized void follow() {
        if (closed || first != null) {
            return;
        }
        List<WatchedKind> kinds = WatchedKind.ALL.stream().filter(WatchedKind::isReferredTo).toList();
        List<ResourceKey> wanted = references.stream()
                .filter(key -> kinds.stream().anyMatch(kind -> kind.is(key))
                        && (settings.namespaces().isEmpty() || settings.namespaces().contains(key.namespace())))
                .toList();
        List<ResourceKey> ordered = FairChoice.order(wanted, secrets::containsKey);
        Set<ResourceKey> followed = new HashSet<>(ordered.subList(0, Math.min(SECRET_LIMIT, ordered.size())));
        problems.secretsLeftOut(ordered.subList(followed.size(), ordered.size()), SECRET_LIMIT);
        Set<ResourceKey> left = new HashSet<>();
        secrets.entrySet().removeIf(entry -> {
            if (followed.contains(entry.getKey())) {
                return false;
            }
            entry.getValue().thread.interrupt();
            problems.recovered(entry.getValue().watch.kind());
            left.add(entry.getKey());
            return true;
        });
        for (ResourceKey key : followed) {
            secrets.computeIfAbsent(key, _ -> {
                WatchedKind kind = kinds.stream().filter(each -> each.is(key)).findFirst().orElseThrow();
                KindWatch watch = new KindWatch(kind.only(key), settings, api, new WatchListener(), random);
                return new SecretWatch(watch, Thread.ofVirtual().name("kubernetes-secret").start(watch));
            });
        }
        List<WatchedKind> fewer = kinds.stream().filter(kind -> left.stream().anyMatch(kind::is)).toList();
        deliver(fewer.stream().map(KubernetesSource::scope).toList(), fewer.stream().flatMap(kind -> all(kind).stream()).toList(),
                List.of());
    }

    /// The objects of a kind, from all its watches.
    private List<Resource> all(WatchedKind kind) {
        Map<ResourceKey, Resource> all = new LinkedHashMap<>();
        siblings(kind).forEach(watch -> watch.resources().forEach(resource -> all.put(resource.key(), resource)));
        return List.copyOf(all.values());
    }

    private List<KindWatch> siblings(WatchedKind kind) {
        return Stream.concat(watches.stream(), secrets.values().stream().map(SecretWatch::watch))
                .filter(watch -> watch.kind().isSameKind(kind)).toList();
    }

    /// Whether a watch is still in use: an ended one may deliver late.
    private boolean isCurrent(KindWatch watch) {
        return siblings(watch.kind()).contains(watch);
    }

    @Override
    public void start(Sink to) {
        synchronized (this) {
            if (closed) {
                return;
            }
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
            ending = new ArrayList<>(threads);
            secrets.values().forEach(secret -> ending.add(secret.thread));
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
            if (writer != null) {
                writer.listed(watch.kind());
            }
        }

        @Override
        public void changed(KindWatch watch, Map<ResourceKey, @Nullable Resource> changes) {
            KubernetesSource.this.changed(watch, changes);
            if (writer != null) {
                changes.keySet().forEach(writer::objectChanged);
            }
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
        if (!isCurrent(watch)) {
            return;
        }
        if (!problems.isForbiddenToWatch(watch.kind())) {
            recover(watch);
        }
        if (first != null) {
            first.put(watch, all);
            deliverFirst();
        } else {
            deliver(List.of(scope(watch.kind())), siblings(watch.kind()).size() == 1 ? all : all(watch.kind()), List.of());
        }
    }

    private synchronized void changed(KindWatch watch, Map<ResourceKey, @Nullable Resource> changes) {
        if (!isCurrent(watch)) {
            return;
        }
        List<Resource> upserts = new ArrayList<>();
        List<Deletion> deletions = new ArrayList<>();
        changes.forEach((key, resource) -> {
            Resource now = resource == null ? elsewhere(watch, key) : resource;
            if (now == null) {
                deletions.add(new Deletion(key, settings.place()));
            } else {
                upserts.add(now);
            }
        });
        deliver(List.of(), upserts, deletions);
    }

    /// An object that was removed from one watch and is in another one, which may be newer.
    private @Nullable Resource elsewhere(KindWatch watch, ResourceKey key) {
        return siblings(watch.kind()).stream().filter(other -> other != watch).map(other -> other.seen(key))
                .filter(Objects::nonNull).map(KindWatch.Seen::resource).findFirst().orElse(null);
    }

    private synchronized void failed(KindWatch watch, Failure failure) {
        if (!isCurrent(watch)) {
            return;
        }
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
            recover(watch);
            deliver(List.of(), List.of(), List.of());
        }
    }

    private void recover(KindWatch watch) {
        problems.recovered(watch.kind());
        if (problems.since().isEmpty()) {
            restored = null;
        }
    }

    private synchronized void statusesObstructed(@Nullable String what, String expected) {
        problems.statuses(what, expected);
        if (first == null) {
            deliver(List.of(), List.of(), List.of());
        }
    }

    /// The first delivery is made when every kind was listed or has failed, and there is something to serve.
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
            if (!settings.required()) {
                delivered.countDown();
            }
            return;
        }
        if (unreachable) {
            restored = lastGood.saved();
            problems.standIn("serving the last good state of " + Age.of(lastGood.saved(), clock.instant()));
        }
        absent.removeIf(problems::isMissing);
        lastGood.resources().stream().filter(resource -> absent.stream().anyMatch(kind -> kind.is(resource.key())))
                .forEach(all::add);
        first = null;
        lastGood = LastGood.NONE;
        deliver(List.of(Scope.EVERYTHING), all, List.of());
        delivered.countDown();
        follow();
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
