package io.jigress.proxy.compile;

import io.jigress.config.Cluster;
import io.jigress.config.GatewayConfig;
import io.jigress.proxy.upstream.Upstream;
import java.util.List;
import java.util.function.Supplier;

/// Puts changed clusters into their slots, at once or when they have endpoints. For the applying thread.
final class ClusterChanges {
    private final Clusters clusters;
    private final HeldChanges held;
    private final CompileFaults faults;
    private final RetiredParts retired;
    private final Supplier<GatewayConfig> configuration;

    /// @param configuration that was applied last
    ClusterChanges(Clusters clusters, HeldChanges held, CompileFaults faults, RetiredParts retired,
            Supplier<GatewayConfig> configuration) {
        this.clusters = clusters;
        this.held = held;
        this.faults = faults;
        this.retired = retired;
        this.configuration = configuration;
    }

    void changed(Cluster cluster, long deadline) {
        Place.OfCluster place = new Place.OfCluster(cluster.name());
        held.drop(place);
        faults.remove(place);
        String fault = clusters.fault(cluster);
        if (fault == null) {
            clusters.lineUp(cluster);
            succeed(place, deadline);
        } else {
            faults.report(place, List.of(cluster.origin() + ": " + fault + "; its requests are answered with 500"));
            retired.addCluster(() -> {
                held.replaced(clusters.present(cluster.name()));
                removeUnwanted(cluster.name());
            });
        }
    }

    void removeUnwanted(String cluster) {
        if (!wanted(cluster)) {
            clusters.remove(cluster);
        }
    }

    /// Puts the successor of a cluster into its slot, once it has endpoints or the deadline has passed.
    void succeed(Place.OfCluster place, long deadline) {
        Upstream present = clusters.present(place.name());
        Upstream next = clusters.successor(place.name());
        WarmupDependencies missing = next == null || held.now() >= deadline
                ? WarmupDependencies.nothing()
                : WarmupDependencies.of(next, present);
        if (missing.isNothing()) {
            clusters.succeed(place.name());
            held.replaced(present);
        } else {
            held.hold(place, missing, deadline);
        }
    }

    /// A cluster was removed from the configuration.
    void gone(String cluster) {
        if (!wanted(cluster)) {
            Place.OfCluster place = new Place.OfCluster(cluster);
            held.drop(place);
            faults.remove(place);
            held.replaced(clusters.present(cluster));
            clusters.remove(cluster);
        }
    }

    private boolean wanted(String cluster) {
        Cluster configured = configuration.get().clusters().get(cluster);
        return configured != null && clusters.fault(configured) == null;
    }
}
