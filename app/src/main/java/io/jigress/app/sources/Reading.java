package io.jigress.app.sources;

import io.jigress.app.settings.CannotStart;
import io.jigress.app.settings.Settings;
import io.jigress.config.PersistentMap;
import io.jigress.control.ClusterSink;
import io.jigress.control.Problem;
import io.jigress.control.Problem.Severity;
import io.jigress.control.ReferenceHints;
import io.jigress.control.Resource;
import io.jigress.control.ResourceKey;
import io.jigress.control.ResourceSet;
import io.jigress.control.ResourceSource;
import io.jigress.control.ResourceStore;
import io.jigress.control.ServiceDirectory;
import io.jigress.control.Translation;
import io.jigress.control.Translator;
import io.jigress.control.kinds.Kinds;
import io.jigress.control.translate.ResourceTranslator;
import io.jigress.sources.folder.FolderSettings;
import io.jigress.sources.folder.FolderSource;
import io.jigress.sources.manifest.LastGood;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// Sources read once, without a gateway: their objects, the translation and the problems.
///
/// @param problems sorted by file
public record Reading(ResourceSet resources, Translation translation, List<Problem> problems, Places places) {
    /// How long to wait for Secrets that objects refer to.
    private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(10);

    /// Reads a readable folder ([FolderSource#obstacle]) as a running gateway does.
    public static Reading of(Path folder, Translator translator) {
        Deliveries deliveries = new Deliveries(List.of("folder"));
        try (FolderSource source = new FolderSource(folder, FolderSettings.DEFAULT, LastGood.NONE, InstantSource.system())) {
            source.start(deliveries.sink("folder", ""));
        }
        Reading reading = deliveries.translated(translator, Places.in(folder));
        return reading.problems.isEmpty() && reading.objects() == 0
                ? new Reading(reading.resources, reading.translation, List.of(empty(folder)), reading.places)
                : reading;
    }

    /// Reads all sources of the settings.
    ///
    /// @throws CannotStart when one of them cannot be read at all
    public static Reading of(Settings settings, Path folder, ResourceTranslator translator) throws CannotStart {
        Sources.Made sources = Sources.once(settings, folder);
        Deliveries deliveries = new Deliveries(sources.feeds().stream().map(Sources.Feed::name).toList());
        List<Sources.Feed> feeds = new CopyOnWriteArrayList<>(sources.feeds());
        SecretClusters clusters = sources.clusters();
        try {
            for (Sources.Feed feed : sources.feeds()) {
                feed.source().start(deliveries.sink(feed.name(), feed.cluster()));
                deliveries.requireAny(feed);
            }
            if (clusters != null) {
                start(clusters, feeds, deliveries);
            }
            translator.translate(deliveries.current());
            Set<ResourceKey> references = translator.references();
            for (Sources.Feed feed : feeds) {
                Set<ResourceKey> own = feed.own(references);
                if (feed.isCluster() && !own.isEmpty()) {
                    feed.source().references(own);
                    deliveries.awaitSecrets(feed.name(), own.size());
                }
            }
            return deliveries.translated(translator, sources.places());
        } finally {
            if (clusters != null) {
                clusters.close();
            }
            feeds.forEach(feed -> feed.source().close());
        }
    }

    private static void start(SecretClusters clusters, List<Sources.Feed> feeds, Deliveries deliveries) throws CannotStart {
        try {
            clusters.start(new SecretClusters.Host() {
                @Override
                public CompletableFuture<@Nullable Void> start(Sources.Feed feed) {
                    feeds.add(feed);
                    feed.source().start(deliveries.sink(feed.name(), feed.cluster()));
                    return CompletableFuture.completedFuture(null);
                }

                @Override
                public void remove(String name) {
                    // A change after the start: what was read counts.
                }

                @Override
                public void restore(String name, String cluster, List<Resource> objects) {
                    throw new IllegalStateException("restores " + name + " (expected: no last good state)");
                }

                @Override
                public List<Resource> objects(String name) {
                    return List.of();
                }

                @Override
                public void problems(Map<ResourceKey, List<Problem>> problems) {
                    deliveries.sink("secrets of clusters", "").changed(List.of(), List.of(), problems);
                }
            });
        } catch (ExecutionException e) {
            throw new CannotStart("the clusters of Secrets cannot be read: " + e.getCause());
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
            throw new CannotStart("interrupted");
        }
    }

    /// Collects what the sources deliver on their threads.
    private static final class Deliveries {
        // Guarded by this.
        private final ResourceStore store;
        private final Map<String, Integer> secretSets = new HashMap<>();

        Deliveries(List<String> precedence) {
            store = new ResourceStore(precedence);
        }

        ResourceSource.Sink sink(String source, String cluster) {
            return new ClusterSink(new ResourceSource.Sink() {
                @Override
                public void changed(List<Resource> upserts, List<ResourceSource.Deletion> deletions,
                        Map<ResourceKey, List<Problem>> problems) {
                    synchronized (Deliveries.this) {
                        store.change(source, upserts, deletions, problems);
                    }
                }

                @Override
                public void replaced(List<ResourceSource.Scope> scopes, List<Resource> resources,
                        Map<ResourceKey, List<Problem>> problems) {
                    Deliveries.this.replaced(source, scopes, resources, problems);
                }
            }, cluster);
        }

        private synchronized void replaced(String source, List<ResourceSource.Scope> scopes, List<Resource> resources,
                Map<ResourceKey, List<Problem>> problems) {
            store.replace(source, scopes, resources, problems);
            if (scopes.contains(new ResourceSource.Scope(Kinds.CORE, "Secret"))) {
                secretSets.merge(source, 1, Integer::sum);
                notifyAll();
            }
        }

        synchronized ResourceSet current() {
            return store.current();
        }

        /// A cluster that cannot be read has delivered its problem instead of objects.
        synchronized void requireAny(Sources.Feed feed) throws CannotStart {
            boolean[] any = new boolean[1];
            store.current().resources().forEach((_, resource) -> any[0] |= resource.origin().equals(feed.name()));
            List<Problem> found = new ArrayList<>();
            store.problems().forEach((key, list) -> {
                if (feed.isCluster() && key.kind().equals("Cluster")) {
                    found.addAll(list);
                }
            });
            if (!any[0] && !found.isEmpty()) {
                throw new CannotStart(found.getFirst().toString());
            }
        }

        /// Waits for the Secrets that objects refer to; each of them is listed separately.
        synchronized void awaitSecrets(String source, int count) throws CannotStart {
            long end = System.nanoTime() + PATIENCE_NANOS;
            try {
                for (long left = PATIENCE_NANOS; secretSets.getOrDefault(source, 0) < count && left > 0; left = end
                        - System.nanoTime()) {
                    TimeUnit.NANOSECONDS.timedWait(this, left);
                }
            } catch (InterruptedException _) {
                Thread.currentThread().interrupt();
                throw new CannotStart("interrupted");
            }
        }

        synchronized Reading translated(Translator translator, Places places) {
            ResourceSet resources = store.current();
            Translation translation = translator.translate(resources);
            return new Reading(resources, translation, problems(store.problems(), translation.problems(), resources), places);
        }
    }

    private static List<Problem> problems(PersistentMap<ResourceKey, List<Problem>> ofSource,
            PersistentMap<ResourceKey, List<Problem>> ofTranslation, ResourceSet resources) {
        List<Problem> all = new ArrayList<>();
        ofSource.forEach((_, list) -> all.addAll(list));
        ofTranslation.forEach((_, list) -> all.addAll(list));
        all.sort(Problem.ORDER);
        return ReferenceHints.complete(all, resources.resources());
    }

    private static Problem empty(Path folder) {
        return new Problem(new ResourceKey("", "Folder", "", folder.normalize().toString()), "", "", "holds no object",
                "files named .yaml, .yml or .json, with Kubernetes objects", Severity.WARNING);
    }

    /// The endpoints of the Services.
    public ServiceDirectory directory() {
        ServiceDirectory directory = new ServiceDirectory();
        Map<ResourceKey, Resource> concerned = new HashMap<>();
        resources.resources().forEach((key, resource) -> {
            if (directory.concerns(key)) {
                concerned.put(key, resource);
            }
        });
        directory.changed(concerned);
        return directory;
    }

    public int files() {
        TreeSet<String> sources = new TreeSet<>();
        resources.resources().forEach((_, resource) -> sources.add(resource.source()));
        problems.stream().map(Problem::source).filter(source -> !source.isEmpty()).forEach(sources::add);
        return sources.size();
    }

    public int count(Severity severity) {
        return (int) problems.stream().filter(problem -> problem.severity() == severity).count();
    }

    public int objects() {
        return resources.resources().size();
    }
}
