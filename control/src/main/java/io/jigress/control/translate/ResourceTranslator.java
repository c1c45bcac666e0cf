package io.jigress.control.translate;

import io.jigress.config.FilterCatalog;
import io.jigress.config.PersistentMap;
import io.jigress.control.Problem;
import io.jigress.control.Resource;
import io.jigress.control.ResourceKey;
import io.jigress.control.ResourceSet;
import io.jigress.control.Translation;
import io.jigress.control.Translator;
import io.jigress.control.kinds.Kinds;
import io.jigress.control.kinds.RegexSyntax;
import io.jigress.control.kinds.RouteKind;
import io.jigress.control.kinds.RpcSyntax;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The translator. The package description explains its stages.
public final class ResourceTranslator implements Translator {
    private static final Logger log = LoggerFactory.getLogger(ResourceTranslator.class);

    private static final ResourceKey ALL_GATEWAYS = Kinds.gateway("", "*");

    private final TranslationIndex index;
    private final Uses uses = new Uses();
    private final PendingWork pendingWork = new PendingWork(uses);
    private final Reports reports = new Reports();
    private final Targets targets;
    private final Assembly assembly;
    private final RouteConflicts conflicts;
    private final IngressProcessor ingresses;
    private final GatewayPlanner planner;
    private final Certificates certificates;
    private final String ingressSocket;
    private final String ingressTlsSocket;
    private final EndpointSliceProcessor slices;
    private final BackendTlsPolicyProcessor backendTlsPolicies;
    private final Processors processors;
    /// Objects whose translation threw an exception.
    private final Set<ResourceKey> faulty = new HashSet<>();
    private PersistentMap<ResourceKey, Resource> last = PersistentMap.empty();

    /// @param catalog the filters that Plugins may name
    /// @param regex checks regular expressions
    /// @param rpc checks mappings from HTTP to Dubbo
    public ResourceTranslator(TranslationSettings settings, FilterCatalog catalog, RegexSyntax regex, RpcSyntax rpc) {
        index = new TranslationIndex(settings.connections(), settings.joined(), rpc, settings.higressNamespace(),
                settings.zone(), settings.clock(), catalog.names());
        targets = new Targets(index, pendingWork);
        AttachedRoutes attachedRoutes = new AttachedRoutes();
        ListenerStatus listeners = new ListenerStatus(attachedRoutes);
        ClusterTable clusters = new ClusterTable();
        assembly = new Assembly(clusters, uses, attachedRoutes, pendingWork, settings.paths());
        certificates = index.certificates;
        planner = new GatewayPlanner(index, settings, certificates);
        ingressSocket = settings.ingressSocket();
        ingressTlsSocket = settings.ingressTlsSocket();
        ingresses = new IngressProcessor(index, pendingWork, assembly, clusters, uses, settings,
                certificates, regex);
        conflicts = new RouteConflicts(assembly, pendingWork);
        HttpRouteProcessor httpRoutes = new HttpRouteProcessor(index, pendingWork, assembly, clusters, uses, regex, conflicts);
        slices = new EndpointSliceProcessor(index, pendingWork);
        backendTlsPolicies = new BackendTlsPolicyProcessor(index, pendingWork, uses, assembly);
        processors = new Processors(index, pendingWork, new GatewayProcessor(index, pendingWork, listeners),
                new ListenerSetProcessor(index, pendingWork, listeners),
                new PluginProcessor(index, pendingWork, targets, catalog, uses, assembly, clusters),
                new PolicyProcessor(index, targets), httpRoutes,
                streamRoutes(clusters), ingresses, slices,
                new DubboServiceProcessor(index, pendingWork, assembly, clusters, uses),
                backendTlsPolicies,
                certificates);
        pendingWork.gateways();
    }

    private Map<RouteKind, StreamRouteProcessor> streamRoutes(ClusterTable clusters) {
        Map<RouteKind, StreamRouteProcessor> processors = new EnumMap<>(RouteKind.class);
        for (RouteKind kind : List.of(RouteKind.TLS, RouteKind.TCP, RouteKind.UDP)) {
            processors.put(kind, new StreamRouteProcessor(index, pendingWork, assembly, clusters, uses, kind));
        }
        return processors;
    }

    @Override
    public Translation translate(ResourceSet set) {
        index.resources = set.resources();
        set.resources().diff(last, this::changed);
        last = set.resources();
        pendingWork.takePlugins().forEach(this::route);
        if (pendingWork.takeGateways()) {
            guarded(ALL_GATEWAYS, this::replan);
        }
        // A route may displace others, or no longer do so.
        for (List<ResourceKey> routes = pendingWork.takeRoutes(); !routes.isEmpty(); routes = pendingWork.takeRoutes()) {
            routes.forEach(this::route);
        }
        pendingWork.takeReports().forEach(this::report);
        return new Translation(set.revision(), assembly.config(), reports.statuses(), reports.problems(), reports.services());
    }

    /// Whether objects of a kind are read.
    ///
    /// @param key of the kind; namespace and name are ignored
    public boolean reads(ResourceKey key) {
        return processors.reads(key);
    }

    /// The objects of the last translation that others refer to and that a source may not read by itself: Secrets and ConfigMaps. On the translating thread.
    public Set<ResourceKey> references() {
        Set<ResourceKey> all = new HashSet<>(processors.references());
        all.addAll(ingresses.references());
        all.addAll(backendTlsPolicies.references());
        index.plugins.forEach((_, entry) -> all.addAll(entry.value().references()));
        return all;
    }

    /// The address of the pool that each Gateway has, by `namespace/name`. On the thread that translates.
    public Map<String, String> heldAddresses() {
        return planner.pool().held();
    }

    /// Lets Gateways keep the addresses that they had before this start; before the first translation.
    public void holdAddresses(Map<String, String> held) {
        planner.pool().restore(held);
    }

    private void changed(ResourceKey key, @Nullable Resource before, @Nullable Resource after) {
        faulty.remove(key);
        pendingWork.report(key);
        targets.changed(key);
        backendTlsPolicies.objectChanged(key);
        slices.serviceChanged(key);
        if (Kinds.is(key, Kinds.CORE, "Secret")) {
            certificates.changed(key);
            pendingWork.touch(key);
        }
        if (Kinds.is(key, Kinds.CORE, "ConfigMap")) {
            pendingWork.touch(key);
        }
        ResourceKey lookup = Kinds.is(key, Kinds.GATEWAY_API, "ReferenceGrant")
                ? TranslationIndex.grantsKey(key)
                : key;
        if (index.plan.lookups().contains(lookup)) {
            pendingWork.gateways();
        }
        guarded(key, () -> processors.of(key).changed(key, before, after));
    }

    private void replan() {
        GatewayPlan before = index.plan;
        GatewayPlan next = planner.plan(ingresses.any(), ingresses.anyTls());
        index.plan = next;
        assembly.plan(next.sockets());
        Set<ResourceKey> gateways = new HashSet<>(before.gateways().keySet());
        gateways.addAll(next.gateways().keySet());
        for (ResourceKey gateway : gateways) {
            if (!Objects.equals(before.gateways().get(gateway), next.gateways().get(gateway))) {
                pendingWork.touch(gateway);
                pendingWork.report(gateway);
            }
        }
        if (!Objects.equals(before.sockets().get(ingressSocket), next.sockets().get(ingressSocket))
                || !Objects.equals(before.sockets().get(ingressTlsSocket), next.sockets().get(ingressTlsSocket))
                || !Objects.equals(before.ingressCollision(), next.ingressCollision())
                || !Objects.equals(before.ingressTlsCollision(), next.ingressTlsCollision())) {
            pendingWork.touch(TranslationIndex.INGRESS_SOCKET);
        }
    }

    private void route(ResourceKey key) {
        Resource resource = last.get(key);
        Contribution before = assembly.contribution(key);
        if (resource == null) {
            assembly.swap(key, Contribution.NOTHING);
            conflicts.begin(key);
            conflicts.removed(key);
        } else if (processors.of(key) instanceof RouteProcessor processor) {
            guarded(key, () -> assembly.swap(key, processor.translate(resource, reports)));
        }
        conflicts.swapped(key);
        backendTlsPolicies.routeChanged(before, assembly.contribution(key));
    }

    private void report(ResourceKey key) {
        guarded(key, () -> processors.of(key).report(key, reports));
        Resource resource = last.get(key);
        Problem version = resource == null || !processors.reads(key) ? null : Processors.version(resource);
        if (version != null) {
            reports.addProblem(key, version);
        }
        if (faulty.contains(key) && resource != null) {
            reports.addProblem(key, new Problem(key, resource.source(), "",
                    "could not be translated: internal error, see the log", "", Problem.Severity.ERROR));
        }
    }

    /// An exception here is a bug; it affects this object only, whose last valid contribution is kept.
    private void guarded(ResourceKey key, Runnable work) {
        try {
            work.run();
        } catch (RuntimeException | StackOverflowError e) {
            log.error("{} could not be translated", key, e);
            faulty.add(key);
            pendingWork.report(key);
        }
    }
}
