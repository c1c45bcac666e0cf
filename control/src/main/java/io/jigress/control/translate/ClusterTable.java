package io.jigress.control.translate;

import io.jigress.config.Cluster;
import io.jigress.config.PersistentMap;
import io.jigress.config.RouteAction;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The clusters of the configuration; a cluster exists as long as a route refers to it.
final class ClusterTable {

    private static final class Count {
        final RouteAction.Forward forward;
        int referrers;

        Count(RouteAction.Forward forward) {
            this.forward = forward;
        }
    }

    private PersistentMap<String, Cluster> clusters = PersistentMap.empty();
    private PersistentMap<String, Count> counts = PersistentMap.empty();

    PersistentMap<String, Cluster> clusters() {
        return clusters;
    }

    /// The existing instance of an equal cluster, so that routes share it; its definition may be about to change.
    Cluster share(Cluster cluster) {
        Cluster present = clusters.get(cluster.name());
        return present != null && present.equals(cluster) ? present : cluster;
    }

    /// The action that sends all requests to one cluster, shared by its routes; null when it does not exist yet.
    RouteAction.@Nullable Forward forward(String cluster) {
        Count count = counts.get(cluster);
        return count == null ? null : count.forward;
    }

    void add(List<Cluster> added) {
        for (Cluster cluster : added) {
            Count count = counts.get(cluster.name());
            if (count == null) {
                count = new Count(new RouteAction.Forward(List.of(new RouteAction.WeightedCluster(cluster.name(), 1, List.of())),
                        RouteAction.Rewrite.NONE));
                counts = counts.with(cluster.name(), count);
            }
            count.referrers++;
            clusters = clusters.with(cluster.name(), cluster);
        }
    }

    void remove(List<Cluster> removed) {
        for (Cluster cluster : removed) {
            Count count = counts.get(cluster.name());
            if (count != null && --count.referrers == 0) {
                counts = counts.without(cluster.name());
                clusters = clusters.without(cluster.name());
            }
        }
    }
}
