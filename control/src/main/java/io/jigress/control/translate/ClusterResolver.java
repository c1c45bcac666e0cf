package io.jigress.control.translate;

import io.jigress.api.Json;
import io.jigress.config.Cluster;
import io.jigress.config.EndpointRef;
import io.jigress.config.TlsCertificate;
import io.jigress.config.UpstreamTls;
import io.jigress.control.DubboFeed;
import io.jigress.control.RegistryService;
import io.jigress.control.ResourceKey;
import io.jigress.control.kinds.Backend;
import io.jigress.control.kinds.BackendService;
import io.jigress.control.kinds.DubboService;
import io.jigress.control.kinds.Kinds;
import io.jigress.control.kinds.Registry;
import io.jigress.control.kinds.TrafficSettings;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Resolves references to Services, Backends and DubboServices to clusters.
final class ClusterResolver {
    private static final String DUBBO = "dubbo";
    private static final String TRIPLE = DubboService.TRIPLE;
    private static final String ALPN_H2 = "h2";
    /// The reason of a reference whose connections cannot use TLS as configured.
    static final String INVALID_TLS = "InvalidBackendTLS";

    private final TranslationIndex index;
    private final ClusterTable clusters;
    private final @Nullable UpstreamTls otherwise;
    private final PolicyClusters policyClusters;
    private final ServiceClusters services;
    private final BridgeClusters bridges;

    /// The result for a reference.
    sealed interface Resolution {
        record Found(Cluster cluster) implements Resolution {}

        /// @param field below the reference; may be empty
        /// @param reason of Gateway API's condition ResolvedRefs
        /// @param missing the object that does not exist, if that is the error
        record Broken(String field, String what, String expected, String reason, @Nullable ResourceKey missing)
                implements
                    Resolution {
            Broken(String field, String what, String expected, String reason) {
                this(field, what, expected, reason, null);
            }
        }
    }

    ClusterResolver(TranslationIndex index, ClusterTable clusters) {
        this(index, clusters, null);
    }

    /// @param otherwise the TLS settings for [#securing]; null for none
    ClusterResolver(TranslationIndex index, ClusterTable clusters, @Nullable UpstreamTls otherwise) {
        this.index = index;
        this.clusters = clusters;
        this.otherwise = otherwise;
        this.policyClusters = new PolicyClusters(index, clusters);
        this.services = new ServiceClusters(index, policyClusters, otherwise);
        this.bridges = new BridgeClusters(index, policyClusters);
    }

    /// @param portName wins over the number unless empty
    /// @param port 0 when the reference names none
    /// @param near the settings of the route's policies, @param far those of the Gateway's
    Resolution resolve(RouteBuild build, ResourceKey target, String portName, int port, TrafficSettings near,
            TrafficSettings far) {
        return resolve(build, target, portName, port, Speech.HTTP1, near, far);
    }

    /// A cluster of a route that carries no HTTP.
    ///
    /// @param port 0 when the reference names none
    Resolution stream(RouteBuild build, ResourceKey target, int port, Speech speech, TrafficSettings near, TrafficSettings far) {
        return resolve(build, target, "", port, speech, near, far);
    }

    private Resolution resolve(RouteBuild build, ResourceKey target, String portName, int port, Speech speech,
            TrafficSettings near, TrafficSettings far) {
        boolean service = Kinds.is(target, Kinds.CORE, "Service");
        boolean dubbo = Kinds.is(target, Kinds.JIGRESS, "DubboService");
        if (Kinds.is(target, Kinds.ISTIO, "Hostname")) {
            return bridges.host(build, "name", target.name(), "", speech, near, far);
        }
        boolean imported = Kinds.is(target, Kinds.MULTICLUSTER, "ServiceImport");
        if (dubbo && speech.isStream()) {
            return new Resolution.Broken("kind", "is \"DubboService\", which maps HTTP requests to calls",
                    "Service, or " + Kinds.JIGRESS + " Backend", "InvalidKind");
        }
        if (!service && !dubbo && !imported && !Kinds.is(target, Kinds.JIGRESS, "Backend")) {
            return new Resolution.Broken("kind", "is \"" + Kinds.show(target.group(), target.kind()) + "\"",
                    target.kind().equals("Hostname")
                            ? "group: " + Kinds.ISTIO + " beside kind: Hostname"
                            : "Service, or " + Kinds.JIGRESS + (speech.isStream() ? " Backend" : " Backend or DubboService"),
                    "InvalidKind");
        }
        Resolution.Broken refused = refused(build, build.key(), target);
        if (refused != null) {
            return refused;
        }
        if (dubbo) {
            return dubbo(build, target, port, near, far);
        }
        if (imported) {
            return services.serviceImport(target, port, speech, near, far);
        }
        return service
                ? services.service(target, portName, port, speech, near, far)
                : backend(build, target, port, speech, near, far);
    }

    /// The same endpoints for gRPC calls, which need HTTP/2: without TLS with prior knowledge, over TLS by ALPN.
    Resolution grpc(Resolution resolution) {
        return switch (resolution) {
            case Resolution.Broken _ -> resolution;
            case Resolution.Found(Cluster cluster) when Set.of(Speech.HTTP1.protocol(), TRIPLE).contains(cluster.protocol()) ->
                new Resolution.Found(clusters.share(calls(cluster)));
            case Resolution.Found(Cluster cluster) when cluster.protocol().equals(DUBBO) ->
                new Resolution.Broken("kind", "is \"DubboService\", whose providers speak Dubbo 2 and no gRPC",
                        "a DubboService with protocol: tri, Service, or " + Kinds.JIGRESS + " Backend", "InvalidKind");
            case Resolution.Found _ -> resolution;
        };
    }

    /// The same endpoints, which are shown a certificate when they ask for one, unless they have one of their own.
    Resolution showing(Resolution resolution, TlsCertificate.Pem own) {
        return resolution instanceof Resolution.Found(Cluster cluster) && cluster.tls() != null && cluster.tls().own() == null
                ? new Resolution.Found(
                        clusters.share(variant(cluster, "certificate=" + own.secret(), cluster.tls().showing(own))))
                : resolution;
    }

    /// The same endpoints with the TLS settings of this resolver, unless a BackendTLSPolicy or Backend has others.
    ///
    /// @param by what defines the settings, as a part of the cluster's name
    Resolution securing(Resolution resolution, String by) {
        return resolution instanceof Resolution.Found(Cluster cluster) && cluster.tls() == null && otherwise != null
                ? new Resolution.Found(
                        clusters.share(variant(cluster, "tls=" + by, PolicyClusters.offering(otherwise, cluster.protocol()))))
                : resolution;
    }

    private static Cluster variant(Cluster of, String what, @Nullable UpstreamTls tls) {
        return of.named(PolicyClusters.with(of.name(), what)).with(tls);
    }

    private static Cluster calls(Cluster of) {
        UpstreamTls tls = of.tls();
        return new Cluster(PolicyClusters.with(of.name(), "protocol=" + Speech.H2C.protocol()), of.origin(),
                Speech.H2C.protocol(), Speech.H2C.config(), of.endpoints(), of.balancing(), of.connections(), of.outliers(),
                tls == null ? null : tls.offering(List.of(ALPN_H2)), of.proxyProtocol(), of.slowStart());
    }

    // ---- Dubbo

    private Resolution dubbo(RouteBuild build, ResourceKey key, int port, TrafficSettings near, TrafficSettings far) {
        DubboService service = index.dubboServices.get(key);
        if (service == null) {
            return new Resolution.Broken("name",
                    "is \"" + key.name() + "\", and there is no " + key,
                    "the name of a DubboService", "BackendNotFound", key);
        }
        Resolution.Broken invalid = new Resolution.Broken("name", "is \"" + key.name() + "\", and that DubboService is not valid",
                "a valid DubboService", "BackendNotFound");
        if (!service.valid()) {
            return invalid;
        }
        if (port != 0) {
            return new Resolution.Broken("port", "is " + port, "none: a DubboService defines where its providers are",
                    "BackendNotFound");
        }
        String name = "dubbo/" + key.path();
        Speech speech = new Speech(service.triple() ? TRIPLE : DUBBO, config(key, service.connection()));
        return switch (service.origin()) {
            case DubboService.Fixed fixed ->
                policyClusters.cluster(name, key.toString(), speech, fixed.endpoints(),
                        index.settings(key, ""), near, far);
            case DubboService.Registered registered -> {
                RegistryLookups.Verdict verdict = registry(build, key, registered);
                yield verdict.what() == null
                        ? policyClusters.cluster(name, key.toString(), speech,
                                new EndpointRef.Named(RegistryService.DUBBO, registered.service().text()),
                                index.settings(key, ""),
                                near, far)
                        : invalid;
            }
            case DubboService.Reference reference -> switch (providers(build, key, reference, near.over(index.settings(key, "")),
                    far)) {
                case Resolution.Broken _ -> invalid;
                case Resolution.Found(Cluster cluster) -> found(cluster, name + variant(cluster), key.toString(), speech);
            };
            case null -> invalid;
        };
    }

    /// The upstream with a host name of Higress, such as `orders.DEFAULT-GROUP.public.nacos`.
    ///
    /// @param field that names the host; empty for none
    /// @param subset a version, by the label `version` of the instances; empty for all
    Resolution host(RouteBuild build, String field, String host, String subset, TrafficSettings near, TrafficSettings far) {
        return bridges.host(build, field, host, subset, Speech.HTTP1, near, far);
    }

    /// A port of a Service that needs no ReferenceGrant.
    Resolution service(ResourceKey service, int port, Speech speech) {
        return services.service(service, "", port, speech, TrafficSettings.NONE, TrafficSettings.NONE);
    }

    /// The upstream with a host name of Higress, whatever speaks to it.
    Resolution host(RouteBuild build, String host, Speech speech) {
        return bridges.host(build, "", host, "", speech, TrafficSettings.NONE, TrafficSettings.NONE);
    }

    /// Whether a DubboService may use the registry that it names.
    RegistryLookups.Verdict registry(RouteBuild build, ResourceKey dubboService, DubboService.Registered registered) {
        build.use(registered.registry());
        if (!registered.registry().isInNamespaceOf(dubboService)) {
            build.use(TranslationIndex.grantsKey(registered.registry()));
        }
        RegistryLookups.Verdict verdict = RegistryLookups.verdict(index, dubboService, registered.registry());
        Registry registry = index.registries.get(registered.registry());
        if (verdict.what() == null && registry != null && registry.type() != Registry.Type.ZOOKEEPER
                && registry.type() != Registry.Type.NACOS) {
            return new RegistryLookups.Verdict("registry",
                    "is \"" + registered.registry().name() + "\", a Registry of another type, in which"
                            + " Dubbo registers nothing",
                    "a Registry of type zookeeper or nacos");
        }
        return verdict;
    }

    private Resolution found(Cluster from, String name, String origin, Speech speech) {
        return new Resolution.Found(
                clusters.share(new Cluster(name, origin, speech.protocol(), speech.config(), from.endpoints(), from.balancing(),
                        from.connections()).with(from.tls()).with(from.slowStart())));
    }

    private static Json config(ResourceKey mapping, Json connection) {
        Json.Builder config = Json.object().put("service", DubboFeed.name(mapping));
        if (connection instanceof Json.Obj(var members)) {
            members.forEach(config::put);
        }
        return config.build();
    }

    private static String variant(Cluster cluster) {
        int question = cluster.name().indexOf('?');
        return question < 0 ? "" : cluster.name().substring(question);
    }

    /// The providers of a DubboService's reference.
    Resolution providers(RouteBuild build, ResourceKey dubboService, DubboService.Reference reference) {
        return providers(build, dubboService, reference, TrafficSettings.NONE, TrafficSettings.NONE);
    }

    private Resolution providers(RouteBuild build, ResourceKey dubboService, DubboService.Reference reference,
            TrafficSettings near,
            TrafficSettings far) {
        ResourceKey target = reference.target();
        boolean service = Kinds.is(target, Kinds.CORE, "Service");
        if (!service && !Kinds.is(target, Kinds.JIGRESS, "Backend")) {
            return new Resolution.Broken("kind", "is \"" + Kinds.show(target.group(), target.kind()) + "\"",
                    "Service, or " + Kinds.JIGRESS + " Backend", "InvalidKind");
        }
        Resolution.Broken refused = refused(build, dubboService, target);
        if (refused != null) {
            return refused;
        }
        DubboService of = index.dubboServices.get(dubboService);
        Speech speech = of != null && of.triple() ? Speech.H2C : new Speech(DUBBO, Json.Obj.EMPTY);
        return service
                ? services.service(target, "", reference.port(), speech, near, far)
                : backend(build, target, reference.port(), speech, near, far);
    }

    /// The same endpoints, called by the mapping of an Http2Rpc: over Triple where they speak HTTP/2.
    Resolution rpc(Cluster of, ResourceKey mapping) {
        String protocol = of.protocol().equals(Speech.H2C.protocol()) ? TRIPLE : DUBBO;
        return found(of, of.name() + (variant(of).isEmpty() ? "?rpc=" : "&rpc=") + mapping.path(),
                mapping + " at " + of.origin(),
                new Speech(protocol, config(mapping, Json.Obj.EMPTY)));
    }

    /// Records the objects that the reference depends on; null when it is permitted.
    private Resolution.@Nullable Broken refused(RouteBuild build, ResourceKey referrer, ResourceKey target) {
        if (!target.isInNamespaceOf(referrer)) {
            build.use(TranslationIndex.grantsKey(target));
            if (!index.permitted(referrer, target)) {
                return new Resolution.Broken("namespace",
                        "is \"" + target.namespace() + "\", and no ReferenceGrant there permits it",
                        "a ReferenceGrant in " + target.namespace(), "RefNotPermitted");
            }
        }
        build.use(target);
        return null;
    }

    // ---- Backends

    private Resolution backend(RouteBuild build, ResourceKey key, int port, Speech speech, TrafficSettings near,
            TrafficSettings far) {
        Backend backend = index.backends.get(key);
        if (backend == null) {
            return new Resolution.Broken("name",
                    "is \"" + key.name() + "\", and there is no " + key,
                    "the name of a Backend", "BackendNotFound", key);
        }
        EndpointRef endpoints = backend.service() == null ? backend.endpoints() : registered(build, key, backend.service());
        if (endpoints == null) {
            return new Resolution.Broken("name", "is \"" + key.name() + "\", and that Backend is not valid", "a valid Backend",
                    "BackendNotFound");
        }
        Backend.Subset subset = backend.subset();
        if (subset != null) {
            endpoints = new EndpointRef.Subset(endpoints, subset.labels(), subset.orAll());
        }
        Speech spoken = speech.equals(Speech.HTTP1) && backend.protocol().equals(Speech.H2C.protocol()) ? Speech.H2C : speech;
        if (!carries(backend, spoken)) {
            return new Resolution.Broken("name", "is \"" + key.name() + "\", a Backend whose protocol is " + backend.protocol(),
                    expected(backend, speech), "UnsupportedProtocol");
        }
        if (speech.udp() && endpoints.whole() instanceof EndpointRef.Proxied) {
            return new Resolution.Broken("name", "is \"" + key.name() + "\", a Backend behind an HTTP proxy",
                    "a Backend without proxy", "UnsupportedProtocol");
        }
        if (port != 0 && port != backend.dnsPort()) {
            return new Resolution.Broken("port", "is " + port, "none: a Backend's endpoints have ports of their own",
                    "BackendNotFound");
        }
        BackendTls.Outcome secured = backend.tls() == null || !speech.secured()
                ? new BackendTls.Outcome.Usable(null)
                : index.backendTls.backend(build, key, backend.tls());
        if (secured instanceof BackendTls.Outcome.Broken(String what, String expected)) {
            return new Resolution.Broken("name", "is \"" + key.name() + "\", " + what, expected, INVALID_TLS);
        }
        return policyClusters.cluster("backend/" + key.path(), key.toString(), spoken, endpoints, ServiceClusters.tls(secured),
                index.settings(key, ""), near, far);
    }

    /// Bytes can be passed on to endpoints of every protocol over TCP.
    private static boolean carries(Backend backend, Speech speech) {
        String protocol = backend.protocol();
        boolean udp = protocol.equals(Speech.UDP.protocol());
        if (!speech.isStream()) {
            return protocol.equals(speech.protocol());
        }
        return speech.udp() ? udp || protocol.equals(Backend.DEFAULT_PROTOCOL) : !udp;
    }

    private static String expected(Backend backend, Speech speech) {
        if (speech.isStream()) {
            return speech.udp() ? "a Backend with protocol: udp" : "a Backend with another protocol than udp";
        }
        if (speech.protocol().equals(DUBBO)) {
            return "a Backend with protocol: " + DUBBO + ", or protocol: tri of the DubboService for one with protocol: h2c";
        }
        return switch (backend.protocol()) {
            case "tcp" -> "a TCPRoute or TLSRoute, or a Backend with protocol: http1";
            case "udp" -> "a UDPRoute, or a Backend with protocol: http1";
            default -> "a DubboService, which maps requests to calls, with a backendRef to the Backend";
        };
    }

    /// The endpoints of a service of a registry; null when the Backend may not use that registry, which is reported at the Backend.
    private @Nullable EndpointRef registered(RouteBuild build, ResourceKey backend, BackendService service) {
        build.use(service.registry());
        if (!service.registry().isInNamespaceOf(backend)) {
            build.use(TranslationIndex.grantsKey(service.registry()));
        }
        return RegistryLookups.verdict(index, backend, service.registry()).what() == null
                ? new EndpointRef.Named(RegistryService.DIRECTORY, service.service().text())
                : null;
    }
}
