package io.jigress.app.run;

import io.jigress.app.sources.SecretClusters;
import io.jigress.app.sources.Sources;
import io.jigress.control.ClusterSink;
import io.jigress.control.Problem;
import io.jigress.control.Reconciler;
import io.jigress.control.Reconciler.Live;
import io.jigress.control.Resource;
import io.jigress.control.ResourceKey;
import io.jigress.control.ResourceSource;
import io.jigress.control.StatusFlow;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import org.jspecify.annotations.Nullable;

/// The running sources of a gateway: each delivers to the reconciler and receives the statuses of its objects.
final class Feeds implements SecretClusters.Host, AutoCloseable {
    /// The origin of the problems of Secrets that describe clusters.
    private static final String SECRETS = "secrets of clusters";

    private final Reconciler reconciler;
    private final List<Sources.Feed> named;
    private final @Nullable SecretClusters clusters;
    /// Completes with the first complete set of any source.
    private final CompletableFuture<@Nullable Void> first = new CompletableFuture<>();

    // The following fields are guarded by this. The reconciler's thread takes the lock: what may wait for it is done without the lock.
    private final Map<String, Running> running = new LinkedHashMap<>();
    private @Nullable Live live;
    private Set<ResourceKey> references = Set.of();
    private boolean closed;

    private record Running(Sources.Feed feed, StatusFlow flow) {}

    /// @param named by the settings
    /// @param clusters null where no Secrets describe any
    Feeds(Reconciler reconciler, List<Sources.Feed> named, @Nullable SecretClusters clusters) {
        this.reconciler = reconciler;
        this.named = List.copyOf(named);
        this.clusters = clusters;
    }

    /// Starts all sources in parallel, so that a source that waits for its API server does not delay the others. If all are clusters, waits for the
    /// first that answers or has a last good state.
    void start() throws InterruptedException, ExecutionException {
        List<CompletableFuture<@Nullable Void>> starts = new ArrayList<>();
        named.forEach(feed -> starts.add(start(feed)));
        if (clusters != null) {
            clusters.start(this);
        }
        for (CompletableFuture<@Nullable Void> start : starts) {
            start.get();
        }
        if ((named.size() > 1 || clusters != null) && named.stream().allMatch(Sources.Feed::isCluster)) {
            first.get();
        }
    }

    @Override
    public CompletableFuture<@Nullable Void> start(Sources.Feed feed) {
        StatusFlow flow = new StatusFlow(feed.name(), feed.cluster());
        feed.source().statuses(flow);
        Running before;
        synchronized (this) {
            if (closed) {
                feed.source().close();
                return CompletableFuture.completedFuture(null);
            }
            before = running.put(feed.name(), new Running(feed, flow));
            feed.source().references(feed.own(references));
            if (live != null) {
                flow.changed(live);
            }
        }
        if (before != null) {
            before.feed.source().close();
        }
        ResourceSource.Sink sink = new Hearing(new ClusterSink(reconciler.sink(feed.name()), feed.cluster()),
                () -> first.complete(null));
        CompletableFuture<@Nullable Void> start = new CompletableFuture<>();
        Thread.ofVirtual().name("start " + feed.name()).start(() -> {
            try {
                feed.source().start(sink);
                start.complete(null);
            } catch (RuntimeException | Error e) {
                start.completeExceptionally(e);
            }
        });
        return start;
    }

    @Override
    public void remove(String name) {
        Running before;
        synchronized (this) {
            before = running.remove(name);
        }
        if (before != null) {
            before.feed.source().close();
        }
        reconciler.remove(name);
    }

    @Override
    public void restore(String name, String cluster, List<Resource> objects) {
        new ClusterSink(reconciler.sink(name), cluster).replaced(List.of(ResourceSource.Scope.EVERYTHING), objects, Map.of());
        first.complete(null);
    }

    @Override
    public List<Resource> objects(String name) {
        List<Resource> objects = new ArrayList<>();
        reconciler.live().resources().resources().forEach((_, resource) -> {
            if (resource.origin().equals(name)) {
                objects.add(resource);
            }
        });
        return objects;
    }

    @Override
    public void problems(Map<ResourceKey, List<Problem>> problems) {
        reconciler.sink(SECRETS).changed(List.of(), List.of(), problems);
    }

    /// Passes what is live to all sources. Never waits.
    ///
    /// @param referred the objects that others refer to
    synchronized void changed(Live now, Set<ResourceKey> referred) {
        live = now;
        if (!referred.equals(references)) {
            references = referred;
            running.values().forEach(each -> each.feed.source().references(each.feed.own(referred)));
        }
        running.values().forEach(each -> each.flow.changed(now));
    }

    /// Reports the first complete set of a source.
    private record Hearing(ResourceSource.Sink sink, Runnable whole) implements ResourceSource.Sink {
        @Override
        public void changed(List<Resource> upserts, List<ResourceSource.Deletion> deletions,
                Map<ResourceKey, List<Problem>> problems) {
            sink.changed(upserts, deletions, problems);
        }

        @Override
        public void replaced(List<ResourceSource.Scope> scopes, List<Resource> resources,
                Map<ResourceKey, List<Problem>> problems) {
            sink.replaced(scopes, resources, problems);
            whole.run();
        }
    }

    @Override
    public void close() {
        // Also those that were not started yet.
        Set<Sources.Feed> ending = new LinkedHashSet<>(named);
        synchronized (this) {
            closed = true;
            running.values().forEach(each -> ending.add(each.feed));
        }
        if (clusters != null) {
            clusters.close();
        }
        ending.forEach(feed -> feed.source().close());
    }
}
