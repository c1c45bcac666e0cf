package io.jigress.app.sources;

import io.jigress.app.settings.CannotStart;
import io.jigress.app.settings.KnownSettings;
import io.jigress.app.settings.Settings;
import io.jigress.app.settings.SourceUrl;
import io.jigress.app.translate.Translators;
import io.jigress.control.Resource;
import io.jigress.control.ResourceSource;
import io.jigress.sources.kubernetes.KubernetesSettings;
import io.jigress.sources.kubernetes.KubernetesSource;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Creates the source of a cluster. Only this class and [SecretClusters] refer to its classes, so that a gateway without clusters does not load them.
public final class KubernetesFeed {
    private KubernetesFeed() {}

    /// @param url whose rest is the context of the kubeconfig; empty for its current one, or for the cluster in which this process runs
    /// @param required whether a start waits for it
    /// @param saved the time of the last good state; null without one
    public static ResourceSource of(Settings settings, Path folder, SourceUrl url, boolean required, @Nullable Instant saved,
            List<Resource> lastGood)
            throws CannotStart {
        try {
            KubernetesSettings cluster = settings(settings, folder, url.cluster(), url.rest());
            return new KubernetesSource(required ? cluster : cluster.notRequired(),
                    saved == null ? KubernetesSource.LastGood.NONE : new KubernetesSource.LastGood(saved, lastGood),
                    InstantSource.system(), new SecureRandom());
        } catch (IllegalArgumentException e) {
            throw new CannotStart(String.valueOf(e.getMessage()));
        }
    }

    /// The settings of a cluster's source.
    ///
    /// @param cluster its name; empty for the local one
    static KubernetesSettings settings(Settings settings, Path folder, String cluster, String context) {
        String kubeconfig = settings.value(KnownSettings.KUBERNETES_CONFIG);
        KubernetesSettings.Statuses statuses = KubernetesSettings.Statuses.of(identity())
                .withLeaseNamespace(settings.value(KnownSettings.KUBERNETES_LEASE_NAMESPACE))
                .withPods(settings.value(KnownSettings.KUBERNETES_GATEWAY_PODS));
        return KubernetesSettings.of(cluster.isEmpty() ? "kubernetes" : "kubernetes:" + cluster,
                kubeconfig.isEmpty() ? null : folder.resolve(kubeconfig), context, Translators.of(settings)::reads,
                settings.value(KnownSettings.KUBERNETES_STATUSES) ? statuses : null)
                .withSelection(settings.value(KnownSettings.KUBERNETES_NAMESPACES),
                        settings.value(KnownSettings.KUBERNETES_LABELS));
    }

    /// In a cluster the host name is that of the pod.
    private static String identity() {
        byte[] random = new byte[4];
        new SecureRandom().nextBytes(random);
        return Optional.ofNullable(System.getenv("HOSTNAME")).orElse("jigress") + "-" + HexFormat.of().formatHex(random);
    }
}
