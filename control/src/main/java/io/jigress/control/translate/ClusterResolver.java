package io.jigress.control.translate;

import io.jigress.api.Durations;
import io.jigress.api.Json;
import io.jigress.config.Cluster;
import io.jigress.config.ConnectionLimits;
import io.jigress.config.EndpointRef;
import io.jigress.config.LoadBalancing;
import io.jigress.config.OutlierDetection;
import io.jigress.config.TlsCertificate;
import io.jigress.config.UpstreamTls;
import io.jigress.control.DubboFeed;
import io.jigress.control.RegistryService;
import io.jigress.control.ResourceKey;
import io.jigress.control.ServiceDirectory;
import io.jigress.control.ServiceName;
import io.jigress.control.kinds.Backend;
import io.jigress.control.kinds.BackendService;
import io.jigress.control.kinds.DubboService;
import io.jigress.control.kinds.Kinds;
import io.jigress.control.kinds.McpBridge;
import io.jigress.control.kinds.Registry;
import io.jigress.control.kinds.Service;
import io.jigress.control.kinds.ServiceImport;
import io.jigress.control.kinds.TrafficSettings;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// Resolves references to Services, Backends and DubboServices to clusters.
final class ClusterResolver {
    private static final String DUBBO = "dubbo";
    private static final String ALPN_H2 = "h2";
    /// The reason of a reference whose connections cannot use TLS as configured.
    private static final String INVALID_TLS = "InvalidBackendTLS";
    private static final Speech HTTP1 = new Speech("http1", Json.Obj.EMPTY);
    private static final Speech H2C = new Speech("h2c", Json.Obj.EMPTY);

    private final TranslationIndex index;
    private final ClusterTable clusters;
    private final @Nullable UpstreamTls otherwise;

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
    }

    /// @param portName wins over the number unless empty
    /// @param port 0 when the reference names none
    /// @param near the settings of the route's policies, @param far those of the Gateway's
    Resolution resolve(RouteBuild build, ResourceKey target, String portName, int port, TrafficSettings near,
            TrafficSettings far) {
        boolean service = Kinds.is(target, Kinds.CORE, "Service");
        boolean dubbo = Kinds.is(target, Kinds.JIGRESS, "DubboService");
        if (Kinds.is(target, Kinds.ISTIO, "Hostname")) {
            return host(build, "name", target.name(), "", near, far);
        }
        boolean imported = Kinds.is(target, Kinds.MULTICLUSTER, "ServiceImport");
        if (!service && !dubbo && !imported && !Kinds.is(target, Kinds.JIGRESS, "Backend")) {
            return new Resolution.Broken("kind", "is \"" + Kinds.show(target.group(), target.kind()) + "\"",
                    target.kind().equals("Hostname")
                            ? "group: " + Kinds.ISTIO + " beside kind: Hostname"
                            : "Service, or " + Kinds.JIGRESS + " Backend or DubboService",
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
            return serviceImport(target, port, near, far);
        }
        return service ? service(target, portName, port, HTTP1, near, far) : backend(build, target, port, HTTP1, near, far);
    }

    /// The same endpoints for gRPC calls, which need HTTP/2: without TLS with prior knowledge, over TLS by ALPN.
    Resolution grpc(Resolution resolution) {
        return switch (resolution) {
            case Resolution.Broken _ -> resolution;
            case Resolution.Found(Cluster cluster) when cluster.protocol().equals(HTTP1.protocol) ->
                new Resolution.Found(clusters.share(calls(cluster)));
            case Resolution.Found(Cluster cluster) when cluster.protocol().equals(DUBBO) ->
                new Resolution.Broken("kind", "is \"DubboService\", which answers HTTP requests and no calls of gRPC",
                        "Service, or " + Kinds.JIGRESS + " Backend", "InvalidKind");
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
                        clusters.share(variant(cluster, "tls=" + by, offering(otherwise, cluster.protocol()))))
                : resolution;
    }

    private static Cluster variant(Cluster of, String what, @Nullable UpstreamTls tls) {
        return new Cluster(of.name() + (variant(of).isEmpty() ? "?" : "&") + what, of.origin(), of.protocol(),
                of.protocolConfig(),
                of.endpoints(), of.balancing(), of.connections(), of.outliers(), tls);
    }

    private static Cluster calls(Cluster of) {
        UpstreamTls tls = of.tls();
        return new Cluster(of.name() + (variant(of).isEmpty() ? "?protocol=" : "&protocol=") + H2C.protocol, of.origin(),
                H2C.protocol, H2C.config, of.endpoints(), of.balancing(), of.connections(), of.outliers(),
                tls == null ? null : tls.offering(List.of(ALPN_H2)));
    }

    /// The protocol of the endpoints.
    private record Speech(String protocol, Json config) {}

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
        Json config = config(key, service.connection());
        return switch (service.origin()) {
            case DubboService.Fixed fixed -> cluster(name, key.toString(), new Speech(DUBBO, config), fixed.endpoints(),
                    index.settings(key, ""), near, far);
            case DubboService.Registered registered -> {
                RegistryLookups.Verdict verdict = registry(build, key, registered);
                yield verdict.what() == null
                        ? cluster(name, key.toString(), new Speech(DUBBO, config),
                                new EndpointRef.Named(RegistryService.DUBBO, registered.service().text()),
                                index.settings(key, ""),
                                near, far)
                        : invalid;
            }
            case DubboService.Reference reference -> switch (providers(build, key, reference, near.over(index.settings(key, "")),
                    far)) {
                case Resolution.Broken _ -> invalid;
                case Resolution.Found(Cluster cluster) -> found(cluster, name + variant(cluster), key.toString(), config);
            };
            case null -> invalid;
        };
    }

    /// The upstream with a host name of Higress, such as `orders.DEFAULT-GROUP.public.nacos`.
    ///
    /// @param field that names the host; empty for none
    /// @param subset a version, by the label `version` of the instances; empty for all
    Resolution host(RouteBuild build, String field, String host, String subset, TrafficSettings near, TrafficSettings far) {
        ResourceKey of = index.bridge.in(build.key().cluster());
        build.use(of);
        McpBridge bridge = index.bridges.get(of);
        if (bridge == null) {
            return new Resolution.Broken(field, "is \"" + host + "\", and there is no " + of,
                    "a McpBridge with this host",
                    "BackendNotFound", of);
        }
        EndpointRef endpoints = switch (bridge.target(of, host)) {
            case McpBridge.Target.Fixed(EndpointRef fixed) -> fixed;
            case McpBridge.Target.Registered(RegistryService service) ->
                new EndpointRef.Named(RegistryService.DIRECTORY, service.text());
            case null -> null;
        };
        if (endpoints == null) {
            return new Resolution.Broken(field,
                    "is \"" + host + "\", which no entry of " + of + " has" + bridge.hint(host),
                    "a host such as orders.DEFAULT-GROUP.public.nacos, whose end is that of an entry", "BackendNotFound");
        }
        String name = "host/" + host + (subset.isEmpty() ? "" : "/" + subset);
        return cluster(name, of + " " + host + (subset.isEmpty() ? "" : " subset " + subset), HTTP1,
                subset.isEmpty() ? endpoints : new EndpointRef.Subset(endpoints, Map.of("version", subset), false),
                TrafficSettings.NONE, near, far);
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

    private Resolution found(Cluster from, String name, String origin, Json config) {
        return new Resolution.Found(clusters.share(new Cluster(name, origin, DUBBO, config, from.endpoints(), from.balancing(),
                from.connections()).with(from.tls())));
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
        Speech dubbo = new Speech(DUBBO, Json.Obj.EMPTY);
        return service
                ? service(target, "", reference.port(), dubbo, near, far)
                : backend(build, target, reference.port(), dubbo, near, far);
    }

    /// The same endpoints, called by the mapping of an Http2Rpc.
    Resolution rpc(Cluster of, ResourceKey mapping) {
        return found(of, of.name() + (variant(of).isEmpty() ? "?rpc=" : "&rpc=") + mapping.path(),
                mapping + " at " + of.origin(),
                config(mapping, Json.Obj.EMPTY));
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

    // ---- Services and Backends

    private Resolution service(ResourceKey key, String portName, int number, Speech speech, TrafficSettings near,
            TrafficSettings far) {
        Service service = index.services.get(key);
        if (service == null) {
            return new Resolution.Broken("name",
                    "is \"" + key.name() + "\", and there is no " + key,
                    "the name of a Service", "BackendNotFound", key);
        }
        Service.Port port = portName.isEmpty() ? service.port(number) : service.port(portName);
        Resolution.Broken broken = wrongPort(key, service, port, portName, number);
        if (broken != null || port == null) {
            return Objects.requireNonNull(broken);
        }
        EndpointRef endpoints = service.externalName().isEmpty()
                ? new EndpointRef.Named(ServiceDirectory.NAME, ServiceName.of(key, index.joined.reach(key), port.port()).text())
                : new EndpointRef.Dns(service.externalName(), port.port());
        return cluster("service/" + key.path() + "/" + port.port(), key + ":" + port.port(), spoken(speech, port), endpoints,
                tls(index.backendTls.service(key, port.name())), index.settings(key, ""), near, far);
    }

    private static @Nullable UpstreamTls tls(BackendTls.Outcome outcome) {
        return outcome instanceof BackendTls.Outcome.Usable(UpstreamTls tls) ? tls : null;
    }

    private static Speech spoken(Speech speech, Service.Port port) {
        return speech.equals(HTTP1) && port.isH2c() ? H2C : speech;
    }

    /// What is wrong with the port that a reference names; null when it can be used.
    private Resolution.@Nullable Broken wrongPort(ResourceKey key, Service service, Service.@Nullable Port port,
            String portName, int number) {
        if (port == null) {
            boolean missing = portName.isEmpty() && number == 0;
            return new Resolution.Broken(
                    "port", missing
                            ? "is missing"
                            : "is " + (portName.isEmpty() ? number : "\"" + portName + "\"")
                                    + ", which " + key + " does not have",
                    ports(service, portName), "BackendNotFound");
        }
        BackendTls.Outcome secured = index.backendTls.service(key, port.name());
        if (secured instanceof BackendTls.Outcome.Broken(String what, String expected)) {
            return new Resolution.Broken("name", "is \"" + key.name() + "\", " + what, expected, INVALID_TLS);
        }
        if (port.isUnsupported() && tls(secured) == null && otherwise == null) {
            return new Resolution.Broken("port", "is " + port.port() + ", whose appProtocol \"" + port.appProtocol()
                    + "\" is not supported yet", "a port for HTTP/1.1 or HTTP/2 without TLS, or a BackendTLSPolicy",
                    "UnsupportedProtocol");
        }
        return null;
    }

    private Resolution serviceImport(ResourceKey key, int number, TrafficSettings near, TrafficSettings far) {
        ServiceImport imported = index.serviceImports.get(key);
        if (imported == null) {
            return new Resolution.Broken("name", "is \"" + key.name() + "\", and there is no " + key,
                    "the name of a ServiceImport", "BackendNotFound", key);
        }
        Service ports = new Service("", imported.ports());
        Service.Port port = ports.port(number);
        Resolution.Broken broken = wrongPort(key, ports, port, "", number);
        if (broken != null || port == null) {
            return Objects.requireNonNull(broken);
        }
        return cluster("serviceimport/" + key.path() + "/" + number, key + ":" + number, spoken(HTTP1, port),
                new EndpointRef.Named(ServiceDirectory.NAME, ServiceName.of(key, ServiceName.Reach.IMPORT, number).text()),
                TrafficSettings.NONE, near, far);
    }

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
        Speech spoken = speech.equals(HTTP1) && backend.protocol().equals(H2C.protocol) ? H2C : speech;
        if (!backend.protocol().equals(spoken.protocol)) {
            return new Resolution.Broken("name", "is \"" + key.name() + "\", a Backend whose protocol is " + backend.protocol(),
                    speech.protocol.equals(DUBBO)
                            ? "a Backend with protocol: " + DUBBO
                            : "a DubboService, which maps requests to calls, with a backendRef to the Backend",
                    "UnsupportedProtocol");
        }
        if (port != 0 && !(endpoints.whole() instanceof EndpointRef.Dns dns && dns.port() == port)) {
            return new Resolution.Broken("port", "is " + port, "none: a Backend's endpoints have ports of their own",
                    "BackendNotFound");
        }
        BackendTls.Outcome secured = backend.tls() == null
                ? new BackendTls.Outcome.Usable(null)
                : index.backendTls.backend(build, key, backend.tls());
        if (secured instanceof BackendTls.Outcome.Broken(String what, String expected)) {
            return new Resolution.Broken("name", "is \"" + key.name() + "\", " + what, expected, INVALID_TLS);
        }
        return cluster("backend/" + key.path(), key.toString(), spoken, endpoints, tls(secured),
                index.settings(key, ""), near, far);
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

    private static String ports(Service service, String portName) {
        if (service.ports().isEmpty() && !service.externalName().isEmpty()) {
            return "a port that the Service lists under spec.ports";
        }
        List<String> ports = service.ports().stream().map(p -> portName.isEmpty() ? Integer.toString(p.port()) : p.name())
                .toList();
        return ports.isEmpty() ? "a Service with TCP ports" : "one of " + String.join(", ", ports);
    }

    /// The nearer settings win: the route's, then those of the target itself, then the Gateway's. Routes whose policies change nothing share the
    /// cluster of the plain name; others get a variant whose name contains the changes.
    private Resolution cluster(String name, String origin, Speech speech, EndpointRef endpoints, TrafficSettings own,
            TrafficSettings near, TrafficSettings far) {
        return cluster(name, origin, speech, endpoints, null, own, near, far);
    }

    private Resolution cluster(String name, String origin, Speech speech, EndpointRef endpoints, @Nullable UpstreamTls tls,
            TrafficSettings own, TrafficSettings near, TrafficSettings far) {
        TrafficSettings base = own.ofCluster();
        TrafficSettings all = near.ofCluster().over(base).over(far.ofCluster());
        EndpointRef preferred = index.zone.isEmpty() || zonePercent(all) == 0
                ? endpoints
                : new EndpointRef.Zone(endpoints, index.zone, zonePercent(all));
        Cluster cluster = new Cluster(name + variant(base, all), origin, speech.protocol, speech.config, preferred,
                balancing(all), all.limits(index.connections), all.outliers().detection(OutlierDetection.DEFAULT),
                offering(tls, speech.protocol));
        return new Resolution.Found(clusters.share(cluster));
    }

    /// Unless configured otherwise, handshakes offer the protocol of the cluster.
    private static @Nullable UpstreamTls offering(@Nullable UpstreamTls tls, String protocol) {
        if (tls == null || !tls.alpn().isEmpty()) {
            return tls;
        }
        List<String> alpn = switch (protocol) {
            case "http1" -> List.of("http/1.1");
            case "h2c" -> List.of("h2");
            default -> List.of();
        };
        return new UpstreamTls(tls.origin(), tls.serverName(), tls.verification(), tls.own(), alpn);
    }

    private static int zonePercent(TrafficSettings settings) {
        return settings.zonePercent() == null ? 0 : settings.zonePercent();
    }

    private static LoadBalancing balancing(TrafficSettings settings) {
        return settings.balancing() == null ? LoadBalancing.ROUND_ROBIN : settings.balancing();
    }

    private String variant(TrafficSettings base, TrafficSettings all) {
        ConnectionLimits b = base.limits(index.connections);
        ConnectionLimits a = all.limits(index.connections);
        boolean sameOutliers = all.outliers().equals(base.outliers());
        boolean sameZone = zonePercent(base) == zonePercent(all);
        if (a.equals(b) && balancing(base) == balancing(all) && sameOutliers && sameZone) {
            return "";
        }
        List<String> parts = new ArrayList<>();
        if (balancing(base) != balancing(all)) {
            parts.add(balancing(all) == LoadBalancing.ROUND_ROBIN ? "RoundRobin" : "LeastRequest");
        }
        if (!a.connectTimeout().equals(b.connectTimeout())) {
            parts.add("connect=" + Durations.print(a.connectTimeout()));
        }
        if (!a.idleTimeout().equals(b.idleTimeout())) {
            parts.add("idle=" + Durations.print(a.idleTimeout()));
        }
        if (a.maxConnections() != b.maxConnections()) {
            parts.add("max=" + a.maxConnections());
        }
        if (a.maxPending() != b.maxPending()) {
            parts.add("pending=" + a.maxPending());
        }
        if (!sameZone) {
            parts.add("zone=" + zonePercent(all));
        }
        if (!sameOutliers) {
            outliers(base.outliers().detection(OutlierDetection.DEFAULT), all.outliers().detection(OutlierDetection.DEFAULT),
                    parts);
        }
        return parts.isEmpty() ? "" : "?" + String.join("&", parts);
    }

    private static void outliers(OutlierDetection base, OutlierDetection all, List<String> parts) {
        if (all.consecutiveFailures() != base.consecutiveFailures()) {
            parts.add("failures=" + all.consecutiveFailures());
        }
        if (all.consecutiveErrors() != base.consecutiveErrors()) {
            parts.add("errors=" + all.consecutiveErrors());
        }
        if (!all.ejectionTime().equals(base.ejectionTime())) {
            parts.add("ejection=" + Durations.print(all.ejectionTime()));
        }
        if (!all.maxEjectionTime().equals(base.maxEjectionTime())) {
            parts.add("maxEjection=" + Durations.print(all.maxEjectionTime()));
        }
        if (all.maxEjectedPercent() != base.maxEjectedPercent()) {
            parts.add("ejected=" + all.maxEjectedPercent());
        }
    }
}
