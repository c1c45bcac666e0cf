package io.jigress.control.translate;

import io.jigress.config.Cluster;
import io.jigress.config.RouteAction;
import io.jigress.config.RouteAction.WeightedCluster;
import io.jigress.config.UpstreamTls;
import io.jigress.control.Problem.Severity;
import io.jigress.control.ResourceKey;
import io.jigress.control.kinds.BackendProtocol;
import io.jigress.control.kinds.EndpointTls;
import io.jigress.control.kinds.Http2Rpc;
import io.jigress.control.kinds.Ingress;
import io.jigress.control.kinds.Kinds;
import io.jigress.control.kinds.TrafficSettings;
import io.jigress.control.translate.ClusterResolver.Resolution;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Where the paths of one Ingress send their requests: its Services or hosts, with the protocol that its annotations define.
final class IngressBackends {
    private final RouteBuild build;
    private final TranslationIndex index;
    private final ClusterTable clusters;
    private final String higressNamespace;
    private final BackendProtocol protocol;
    private final Ingress.@Nullable Rpc rpc;
    private final ClusterResolver resolver;
    private final boolean usable;

    /// Reports a Secret of the annotations that cannot be used.
    IngressBackends(RouteBuild build, Ingress ingress, TranslationIndex index, ClusterTable clusters, String higressNamespace) {
        this.build = build;
        this.index = index;
        this.clusters = clusters;
        this.higressNamespace = higressNamespace;
        this.protocol = ingress.protocol();
        this.rpc = ingress.rpc();
        EndpointTls wanted = protocol.tls();
        UpstreamTls tls = wanted == null ? null : index.backendTls.annotated(build, wanted, protocol.secretField());
        this.usable = protocol.valid() && (wanted == null || tls != null);
        this.resolver = new ClusterResolver(index, clusters, tls);
    }

    /// The Secret that the annotations name; null for none.
    @Nullable ResourceKey secret() {
        EndpointTls tls = protocol.tls();
        return tls == null || tls.secret().isEmpty() ? null : Kinds.secret(build.key(), tls.secret());
    }

    RouteAction forward(Ingress.Backend backend, TrafficSettings near, TrafficSettings far) {
        if (!usable) {
            return RouteBuild.INVALID;
        }
        if (!backend.destinations().isEmpty()) {
            List<WeightedCluster> targets = new ArrayList<>();
            for (Ingress.Destination to : backend.destinations()) {
                targets.add(target(resolver.host(build, "", to.host(), to.subset(), near, far), to.path(),
                        "unresolved/host/" + to.host(), to.weight()));
            }
            return new RouteAction.Forward(targets, RouteAction.Rewrite.NONE);
        }
        String unknown = "unresolved/service/"
                + build.key().beside(Kinds.CORE, "Service", build.key().namespace(), backend.service()).path();
        WeightedCluster target = new WeightedCluster(unknown, 1, List.of());
        if (backend.valid()) {
            ResourceKey service = build.key().beside(Kinds.CORE, "Service", build.key().namespace(), backend.service());
            target = target(resolver.resolve(build, service, backend.portName(), backend.port(), near, far), backend.path(),
                    unknown, 1);
            RouteAction.Forward shared = rpc == null ? clusters.forward(target.cluster()) : null;
            if (shared != null) {
                return shared;
            }
        }
        return new RouteAction.Forward(List.of(target), RouteAction.Rewrite.NONE);
    }

    private WeightedCluster target(Resolution resolution, String path, String unknown, int weight) {
        Cluster found = null;
        switch (spoken(resolution)) {
            case Resolution.Broken broken ->
                build.findings().add(path + (broken.field().isEmpty() ? "" : "." + broken.field()),
                        broken.what() + ", so that requests get 500", broken.expected(), Severity.ERROR, broken.missing());
            case Resolution.Found(Cluster cluster) -> found = rpc == null ? cluster : called(cluster, rpc);
        }
        if (found == null) {
            return new WeightedCluster(unknown, weight, List.of());
        }
        build.cluster(found);
        return new WeightedCluster(found.name(), weight, List.of());
    }

    private Resolution spoken(Resolution resolution) {
        Resolution secured = resolver.securing(resolution, "ingress/" + build.key().path());
        return protocol.http2() ? resolver.grpc(secured) : secured;
    }

    /// The cluster whose endpoints are called by an Http2Rpc; null when it cannot be used. Higress keeps Http2Rpcs in one namespace.
    private @Nullable Cluster called(Cluster cluster, Ingress.Rpc by) {
        List<ResourceKey> places = Stream.of(build.key().namespace(), higressNamespace)
                .map(namespace -> build.key().beside(Kinds.HIGRESS, "Http2Rpc", namespace, by.name())).toList();
        places.forEach(build::use);
        ResourceKey key = places.stream().filter(place -> index.http2Rpcs.get(place) != null).findFirst().orElse(null);
        Http2Rpc mapping = key == null ? null : index.http2Rpcs.get(key);
        if (key == null || mapping == null) {
            build.findings().add(by.path(), "is \"" + by.name() + "\", and there is no Http2Rpc of this name in "
                    + build.key().namespace() + " or " + higressNamespace + ", so that requests get 500",
                    "the name of a Http2Rpc", Severity.ERROR, places.getFirst());
            return null;
        }
        if (!mapping.valid()) {
            build.findings().error(by.path(), "is \"" + by.name() + "\", and " + key
                    + " is not valid, so that requests get 500", "a valid Http2Rpc");
            return null;
        }
        return resolver.rpc(cluster, key) instanceof Resolution.Found(Cluster called) ? called : null;
    }
}
