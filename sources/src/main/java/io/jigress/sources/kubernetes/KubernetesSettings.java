package io.jigress.sources.kubernetes;

import io.jigress.control.ResourceKey;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// The settings of a source that reads a cluster.
///
/// @param place the name of the cluster in messages: `kubernetes`, `kubernetes:production`
/// @param kubeconfig null for the usual places (the variable KUBECONFIG, `.kube/config` of the user, the service account of the pod)
/// @param context of the kubeconfig; empty for its current one
/// @param wanted tests whether a kind is read, by a key without namespace and name
/// @param namespaces whose objects are read; empty for all
/// @param labels a label selector for Gateways, routes, Ingresses and the kinds of Jigress; empty for all
/// @param pageSize the number of objects in one page of a list
/// @param retry the pause after a failure, doubled up to [#retryLimit]
/// @param retryLimit the longest pause while the API server does not answer
/// @param recheck how often a kind that is not installed or forbidden is retried
/// @param quiet the time without a byte from the API server after which it is asked whether it still answers; a request may take twice as long
/// @param statuses how statuses are written; null when they are not
/// @param required whether a start without a last good state waits for the API server
public record KubernetesSettings(String place, @Nullable Path kubeconfig, String context, Predicate<ResourceKey> wanted,
        List<String> namespaces, String labels, int pageSize,
        Duration retry, Duration retryLimit, Duration recheck, Duration quiet, @Nullable Statuses statuses, boolean required) {

    /// How statuses are written.
    ///
    /// @param identity names this process among those that share the Lease
    /// @param leaseNamespace of the Lease; empty for the namespace of the pod or the context
    /// @param leaseName of the Lease by which one process is chosen to write
    /// @param leaseDuration the time without renewal after which another process takes over
    /// @param perSecond the average limit of writes per second
    /// @param pods `namespace/name` of the Service of the gateway's pods, for the Services of Gateways; empty when it is not known
    public record Statuses(String identity, String leaseNamespace, String leaseName, Duration leaseDuration, int perSecond,
            String pods) {
        public static Statuses of(String identity) {
            return new Statuses(identity, "", "jigress-status-writer", Duration.ofSeconds(15), 20, "");
        }

        public Statuses withLeaseNamespace(String namespace) {
            return new Statuses(identity, namespace, leaseName, leaseDuration, perSecond, pods);
        }

        public Statuses withLease(String name, Duration duration) {
            return new Statuses(identity, leaseNamespace, name, duration, perSecond, pods);
        }

        public Statuses withPerSecond(int writes) {
            return new Statuses(identity, leaseNamespace, leaseName, leaseDuration, writes, pods);
        }

        public Statuses withPods(String service) {
            return new Statuses(identity, leaseNamespace, leaseName, leaseDuration, perSecond, service);
        }
    }

    /// @param wanted as above
    public static KubernetesSettings of(String place, @Nullable Path kubeconfig, String context, Predicate<ResourceKey> wanted,
            @Nullable Statuses statuses) {
        return new KubernetesSettings(place, kubeconfig, context, wanted, List.of(), "", 500, Duration.ofMillis(100),
                Duration.ofSeconds(2),
                Duration.ofSeconds(10), Duration.ofSeconds(30), statuses, true);
    }

    public KubernetesSettings withSelection(List<String> ofNamespaces, String byLabels) {
        return new KubernetesSettings(place, kubeconfig, context, wanted, List.copyOf(ofNamespaces), byLabels, pageSize, retry,
                retryLimit, recheck, quiet, statuses, required);
    }

    /// The settings for one of several clusters, without which the others are served.
    public KubernetesSettings notRequired() {
        return new KubernetesSettings(place, kubeconfig, context, wanted, namespaces, labels, pageSize, retry, retryLimit,
                recheck, quiet, statuses, false);
    }

    public KubernetesSettings withPageSize(int size) {
        return new KubernetesSettings(place, kubeconfig, context, wanted, namespaces, labels, size, retry, retryLimit, recheck,
                quiet, statuses, required);
    }

    public KubernetesSettings withRecheck(Duration pause) {
        return new KubernetesSettings(place, kubeconfig, context, wanted, namespaces, labels, pageSize, retry, retryLimit, pause,
                quiet, statuses, required);
    }

    public KubernetesSettings withQuiet(Duration time) {
        return new KubernetesSettings(place, kubeconfig, context, wanted, namespaces, labels, pageSize, retry, retryLimit,
                recheck, time, statuses, required);
    }
}
