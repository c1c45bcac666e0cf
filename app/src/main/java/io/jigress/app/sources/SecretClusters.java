package io.jigress.app.sources;

import io.jigress.app.settings.CannotStart;
import io.jigress.app.settings.KnownSettings;
import io.jigress.app.settings.Settings;
import io.jigress.control.Problem;
import io.jigress.control.Resource;
import io.jigress.control.ResourceKey;
import io.jigress.sources.kubernetes.ClusterSecrets;
import io.jigress.sources.kubernetes.Kubeconfig;
import io.jigress.sources.kubernetes.KubernetesSource;
import io.jigress.sources.state.LastGoodState;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import org.jspecify.annotations.Nullable;

/// The clusters that Secrets describe ([ClusterSecrets]): a source for each, started and ended while the gateway runs.
public final class SecretClusters implements AutoCloseable {
    private static final String SCHEME = "secret:";

    /// Runs the sources. Called on one thread, which it may block.
    public interface Host {
        /// Starts a source. One that runs under the same name is closed first; its objects stay until the new one has delivered.
        ///
        /// @return completes when the source has made its first delivery, or has reported why it cannot
        CompletableFuture<@Nullable Void> start(Sources.Feed feed);

        /// Ends a source; its objects go.
        void remove(String name);

        /// Serves objects under the name of a source that cannot be started yet.
        void restore(String name, String cluster, List<Resource> objects);

        /// The objects of a source that are in effect.
        List<Resource> objects(String name);

        /// Reports problems; they replace the earlier ones under their keys.
        void problems(Map<ResourceKey, List<Problem>> problems);
    }

    private final Settings settings;
    private final Path folder;
    /// The objects of the last good state, by cluster.
    private final Map<String, List<Resource>> old = new HashMap<>();
    private final LastGoodState.@Nullable Loaded lastGood;
    private final ClusterSecrets secrets;
    private @Nullable Host host;

    // The following fields are used by the thread of the watch.
    private final Map<String, Running> running = new HashMap<>();
    /// The clusters of the last good state that are served until the Secrets can be read.
    private final Set<String> restored = new HashSet<>();
    private final CompletableFuture<List<CompletableFuture<@Nullable Void>>> first = new CompletableFuture<>();

    private record Running(Kubeconfig kubeconfig, KubernetesSource source) {}

    /// @param taken the clusters that the settings name, with their sources
    SecretClusters(Settings settings, Path folder, Map<String, String> taken, LastGoodState.@Nullable Loaded lastGood)
            throws CannotStart {
        this.settings = settings;
        this.folder = folder;
        this.lastGood = lastGood;
        if (lastGood != null) {
            lastGood.resources().stream().filter(resource -> resource.origin().startsWith(SCHEME)).forEach(resource -> old
                    .computeIfAbsent(resource.origin().substring(SCHEME.length()), _ -> new ArrayList<>()).add(plain(resource)));
        }
        try {
            secrets = new ClusterSecrets(KubernetesFeed.settings(settings, folder, "", ""),
                    new ClusterSecrets.Selection(settings.value(KnownSettings.KUBERNETES_CLUSTER_NAMESPACE),
                            settings.value(KnownSettings.KUBERNETES_CLUSTER_SECRETS), taken,
                            old.isEmpty() || lastGood == null ? null : lastGood.saved()),
                    InstantSource.system(), new SecureRandom(), this::changed);
        } catch (IllegalArgumentException e) {
            throw new CannotStart(KnownSettings.KUBERNETES_CLUSTER_SECRETS.name() + ": " + e.getMessage());
        }
    }

    /// Null where the settings name no Secrets.
    static @Nullable SecretClusters of(Settings settings, Path folder, Map<String, String> taken,
            LastGoodState.@Nullable Loaded lastGood) throws CannotStart {
        return settings.value(KnownSettings.KUBERNETES_CLUSTER_SECRETS).isEmpty()
                ? null
                : new SecretClusters(settings, folder, taken, lastGood);
    }

    /// An object as its source names it.
    private static Resource plain(Resource resource) {
        return resource.in("").from("");
    }

    /// Returns when the clusters are known, or it is known that the Secrets cannot be read, and the first sources have started.
    public void start(Host to) throws InterruptedException, ExecutionException {
        host = to;
        secrets.start();
        for (CompletableFuture<@Nullable Void> start : first.get()) {
            start.get();
        }
    }

    private void changed(@Nullable Map<String, Kubeconfig> clusters, Map<ResourceKey, List<Problem>> problems) {
        Host to = Objects.requireNonNull(host);
        to.problems(problems);
        List<CompletableFuture<@Nullable Void>> starts = new ArrayList<>();
        if (clusters != null) {
            apply(clusters, to, starts);
        } else if (restored.isEmpty()) {
            old.forEach((cluster, objects) -> to.restore(SCHEME + cluster, cluster, objects));
            restored.addAll(old.keySet());
        }
        first.complete(starts);
    }

    private void apply(Map<String, Kubeconfig> clusters, Host to, List<CompletableFuture<@Nullable Void>> starts) {
        Set<String> gone = new HashSet<>(running.keySet());
        gone.addAll(restored);
        gone.removeAll(clusters.keySet());
        gone.forEach(cluster -> to.remove(SCHEME + cluster));
        running.keySet().removeAll(gone);
        restored.clear();
        new TreeMap<>(clusters).forEach((cluster, kubeconfig) -> {
            Running before = running.get(cluster);
            if (before == null || !before.kubeconfig.equals(kubeconfig)) {
                KubernetesSource source = source(cluster, kubeconfig, before, to);
                running.put(cluster, new Running(kubeconfig, source));
                starts.add(to.start(new Sources.Feed(SCHEME + cluster, cluster, true, source)));
            }
        });
        old.clear();
    }

    private KubernetesSource source(String cluster, Kubeconfig kubeconfig, @Nullable Running before, Host to) {
        KubernetesSource.LastGood last = KubernetesSource.LastGood.NONE;
        if (before != null) {
            last = new KubernetesSource.LastGood(before.source.asOf(),
                    to.objects(SCHEME + cluster).stream().map(SecretClusters::plain).toList());
        } else if (lastGood != null) {
            last = new KubernetesSource.LastGood(lastGood.saved(), old.getOrDefault(cluster, List.of()));
        }
        return new KubernetesSource(KubernetesFeed.settings(settings, folder, cluster, "").notRequired(), kubeconfig, last,
                InstantSource.system(), new SecureRandom());
    }

    /// Ends the watch of the Secrets. The sources are those of the host.
    @Override
    public void close() {
        secrets.close();
    }
}
