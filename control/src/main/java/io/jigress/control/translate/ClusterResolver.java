package io.jigress.control.translate;

import io.jigress.api.Durations;
import io.jigress.api.Json;
import io.jigress.config.Cluster;
import io.jigress.config.ConnectionLimits;
import io.jigress.config.EndpointRef;
import io.jigress.config.LoadBalancing;
import io.jigress.control.ResourceKey;
import io.jigress.control.RegistryService;
import io.jigress.control.ServiceDirectory;
import io.jigress.control.kinds.Backend;
import io.jigress.control.kinds.BackendService;
import io.jigress.control.kinds.Kinds;
import io.jigress.control.kinds.Service;
import io.jigress.control.kinds.TrafficSettings;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Finds the cluster that a reference to a Service or a Backend means.
final class ClusterResolver {
    private final Facts facts;
    private final ClusterTable clusters;

    /// The result for a reference.
    sealed interface Resolution {
        record Found(Cluster cluster) implements Resolution {}

        /// @param field below the reference, maybe empty
        /// @param reason as Gateway API's condition ResolvedRefs names it
        /// @param missing the object that does not exist, when that is what is wrong
        record Broken(String field, String what, String expected, String reason, @Nullable ResourceKey missing)
                implements
                    Resolution {
            Broken(String field, String what, String expected, String reason) {
                this(field, what, expected, reason, null);
            }
        }
    }

    ClusterResolver(Facts facts, ClusterTable clusters) {
        this.facts = facts;
        this.clusters = clusters;
    }

    /// @param portName wins over the number unless empty
    /// @param port 0 when the reference names none
    /// @param near what the route's policies say, @param far what the Gateway's say
    Resolution resolve(RouteBuild build, ResourceKey target, String portName, int port, TrafficSettings near,
            TrafficSettings far) {
        boolean service = Kinds.is(target, Kinds.CORE, "Service");
        if (!service && !Kinds.is(target, Kinds.JIGRESS, "Backend")) {
            return new Resolution.Broken("kind", "is \"" + Kinds.show(target.group(), target.kind()) + "\"",
                    "Service, or " + Kinds.JIGRESS + " Backend",
                    "InvalidKind");
        }
        if (!target.namespace().equals(build.key().namespace())) {
            build.use(Facts.grantsKey(target.namespace()));
            if (!facts.permitted(build.key(), target)) {
                return new Resolution.Broken("namespace",
                        "is \"" + target.namespace() + "\", and no ReferenceGrant there permits it",
                        "a ReferenceGrant in " + target.namespace(), "RefNotPermitted");
            }
        }
        build.use(target);
        return service ? service(target, portName, port, near, far) : backend(build, target, port, near, far);
    }

    private Resolution service(ResourceKey key, String portName, int number, TrafficSettings near, TrafficSettings far) {
        Service service = facts.services.get(key);
        if (service == null) {
            return new Resolution.Broken("name",
                    "is \"" + key.name() + "\", and there is no Service " + key.namespace() + "/" + key.name(),
                    "the name of a Service", "BackendNotFound", key);
        }
        Service.Port port = portName.isEmpty() ? service.port(number) : service.port(portName);
        if (port == null) {
            boolean missing = portName.isEmpty() && number == 0;
            return new Resolution.Broken(
                    "port", missing
                            ? "is missing"
                            : "is " + (portName.isEmpty() ? number : "\"" + portName + "\"")
                                    + ", which Service " + key.namespace() + "/" + key.name() + " does not have",
                    ports(service, portName), "BackendNotFound");
        }
        if (!port.unsupported().isEmpty()) {
            return new Resolution.Broken("port", "is " + port.port() + ", whose appProtocol \"" + port.unsupported()
                    + "\" is not supported yet", "a port that speaks HTTP/1.1", "UnsupportedProtocol");
        }
        EndpointRef endpoints = service.externalName().isEmpty()
                ? new EndpointRef.Named(ServiceDirectory.NAME, key.namespace() + "/" + key.name() + ":" + port.port())
                : new EndpointRef.Dns(service.externalName(), port.port());
        return cluster("service/" + key.namespace() + "/" + key.name() + "/" + port.port(), key + ":" + port.port(),
                "http1", endpoints,
                facts.settings(key, ""), near, far);
    }

    private Resolution backend(RouteBuild build, ResourceKey key, int port, TrafficSettings near, TrafficSettings far) {
        Backend backend = facts.backends.get(key);
        if (backend == null) {
            return new Resolution.Broken("name",
                    "is \"" + key.name() + "\", and there is no Backend " + key.namespace() + "/" + key.name(),
                    "the name of a Backend", "BackendNotFound", key);
        }
        EndpointRef endpoints = backend.service() == null ? backend.endpoints() : registered(build, key, backend.service());
        if (endpoints == null) {
            return new Resolution.Broken("name", "is \"" + key.name() + "\", and that Backend is not valid", "a valid Backend",
                    "BackendNotFound");
        }
        if (port != 0 && !(endpoints instanceof EndpointRef.Dns dns && dns.port() == port)) {
            return new Resolution.Broken("port", "is " + port, "none: a Backend's endpoints have ports of their own",
                    "BackendNotFound");
        }
        return cluster("backend/" + key.namespace() + "/" + key.name(), key.toString(), backend.protocol(), endpoints,
                facts.settings(key, ""), near,
                far);
    }

    /// The endpoints of a service of a registry; null when the Backend may not use that registry, which its own problems say.
    private @Nullable EndpointRef registered(RouteBuild build, ResourceKey backend, BackendService service) {
        build.use(service.registry());
        if (!service.registry().namespace().equals(backend.namespace())) {
            build.use(Facts.grantsKey(service.registry().namespace()));
        }
        return RegistryLookups.verdict(facts, backend, service).what() == null
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

    /// The nearer wins: the route, then the target itself, then the Gateway. Routes whose policies change nothing share the
    /// cluster of the plain name; others get a variant, named by what it changes.
    private Resolution cluster(String name, String origin, String protocol, EndpointRef endpoints, TrafficSettings own,
            TrafficSettings near,
            TrafficSettings far) {
        TrafficSettings base = own.ofCluster();
        TrafficSettings all = near.ofCluster().over(base).over(far.ofCluster());
        Cluster cluster = new Cluster(name + variant(base, all), origin, protocol, Json.Obj.EMPTY, endpoints, balancing(all),
                all.limits(facts.connections));
        return new Resolution.Found(clusters.share(cluster));
    }

    private static LoadBalancing balancing(TrafficSettings settings) {
        return settings.balancing() == null ? LoadBalancing.ROUND_ROBIN : settings.balancing();
    }

    private String variant(TrafficSettings base, TrafficSettings all) {
        ConnectionLimits b = base.limits(facts.connections);
        ConnectionLimits a = all.limits(facts.connections);
        if (a.equals(b) && balancing(base) == balancing(all)) {
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
        return "?" + String.join("&", parts);
    }
}
