package io.jigress.control.translate;

import io.jigress.config.ConnectionLimits;
import io.jigress.config.PersistentMap;
import io.jigress.control.Resource;
import io.jigress.control.ResourceKey;
import io.jigress.control.kinds.Backend;
import io.jigress.control.kinds.Document;
import io.jigress.control.kinds.DubboService;
import io.jigress.control.kinds.Gateway;
import io.jigress.control.kinds.GatewayClass;
import io.jigress.control.kinds.Http2Rpc;
import io.jigress.control.kinds.IngressClass;
import io.jigress.control.kinds.Kinds;
import io.jigress.control.kinds.ListenerSet;
import io.jigress.control.kinds.McpBridge;
import io.jigress.control.kinds.Namespace;
import io.jigress.control.kinds.Plugin;
import io.jigress.control.kinds.ReferenceGrant;
import io.jigress.control.kinds.Registry;
import io.jigress.control.kinds.RpcSyntax;
import io.jigress.control.kinds.Service;
import io.jigress.control.kinds.ServiceImport;
import io.jigress.control.kinds.TrafficPolicy;
import io.jigress.control.kinds.TrafficSettings;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// The data of other objects that the translation of an object may look up.
final class TranslationIndex {
    /// The defaults of clusters.
    final ConnectionLimits connections;

    /// Services whose endpoints in all clusters are one set.
    final JoinedServices joined;

    final Table<Service> services = new Table<>(Service::read);
    final MadeServices made = new MadeServices();
    final Table<ServiceImport> serviceImports = new Table<>(ServiceImport::read);
    final Table<Backend> backends = new Table<>(Backend::read);
    final Table<Registry> registries = new Table<>(Registry::read);
    final Table<DubboService> dubboServices;
    final Table<Http2Rpc> http2Rpcs;
    final Table<McpBridge> bridges;
    final Table<Namespace> namespaces = new Table<>(Namespace::read);
    final Table<ReferenceGrant> grants = new Table<>(ReferenceGrant::read);
    final Table<GatewayClass> gatewayClasses = new Table<>(GatewayClass::read);
    final Table<IngressClass> ingressClasses = new Table<>(IngressClass::read);
    final Table<Gateway> gateways = new Table<>(Gateway::read);
    final Table<ListenerSet> listenerSets = new Table<>(ListenerSet::read);
    final Table<Plugin> plugins;
    final Table<TrafficPolicy> policies = new Table<>(TrafficPolicy::read);

    /// The result for each Plugin.
    PersistentMap<ResourceKey, PluginFilter> pluginFilters = PersistentMap.empty();
    final Attachments<PluginFilter> filters = new Attachments<>();
    final Attachments<TrafficSettings> traffic = new Attachments<>();

    /// The grants of each namespace, by [#grantsKey].
    PersistentMap<ResourceKey, PersistentMap<ResourceKey, ReferenceGrant>> grantsOf = PersistentMap.empty();
    GatewayPlan plan = GatewayPlan.EMPTY;
    /// Set once per translation, for checks whether an object exists.
    PersistentMap<ResourceKey, Resource> resources = PersistentMap.empty();

    /// The McpBridge that is read, as it is called in each cluster.
    final ResourceKey bridge;

    /// The zone in which this gateway runs; empty when it is not known.
    final String zone;

    /// The Secrets that hold certificates.
    final Certificates certificates;
    /// TLS to Services and Backends.
    final BackendTls backendTls;

    TranslationIndex(ConnectionLimits connections, JoinedServices joined, RpcSyntax rpc, String higressNamespace, String zone,
            InstantSource clock, Set<String> filters) {
        this.connections = connections;
        this.joined = joined;
        this.certificates = new Certificates(this, clock);
        this.backendTls = new BackendTls(this, certificates);
        this.zone = zone;
        bridge = Kinds.mcpBridge(higressNamespace);
        bridges = new Table<>(this::bridge);
        plugins = new Table<>(document -> plugin(document, higressNamespace, filters));
        dubboServices = new Table<>(document -> DubboService.read(document, rpc));
        http2Rpcs = new Table<>(document -> Http2Rpc.read(document, rpc));
    }

    private static Plugin plugin(Document document, String higressNamespace, Set<String> filters) {
        if (!document.resource().key().kind().equals(Plugin.WASM_PLUGIN)) {
            return Plugin.read(document);
        }
        Plugin plugin = Plugin.readWasm(document, filters);
        if (document.namespace().equals(higressNamespace)) {
            return plugin;
        }
        document.root().error("metadata.namespace",
                "is \"" + document.namespace() + "\", where WasmPlugins are not read, so that it has no effect",
                higressNamespace);
        return new Plugin("", plugin.identity(), null, null, plugin.config(), Map.of(), plugin.hosted(), List.of(),
                List.of(), false);
    }

    private McpBridge bridge(Document document) {
        if (!document.resource().key().in("").equals(bridge)) {
            document.root().warning("kind", "is \"McpBridge\" of Higress, and this one is not read, as Higress reads only "
                    + bridge.namespace() + "/" + bridge.name(),
                    "the name " + bridge.name() + " in the namespace " + bridge.namespace()
                            + "; or a Registry, and a Backend with spec.service for each service (jigress.io/v1)");
            document.root().ignore("spec");
            return new McpBridge(List.of());
        }
        return McpBridge.read(document);
    }

    /// The key for "the grants of the namespace of an object" in the reverse index.
    static ResourceKey grantsKey(ResourceKey there) {
        return there.beside(Kinds.GATEWAY_API, "ReferenceGrant", there.namespace(), "*");
    }

    /// The key for "the socket of the Ingresses" in the reverse index.
    static final ResourceKey INGRESS_SOCKET = new ResourceKey(Kinds.NETWORKING, "Ingress", "", "*");

    boolean permitted(ResourceKey referrer, ResourceKey target) {
        if (referrer.isInNamespaceOf(target)) {
            return true;
        }
        boolean[] permitted = new boolean[1];
        PersistentMap<ResourceKey, ReferenceGrant> there = grantsOf.get(grantsKey(target));
        if (there != null) {
            there.forEach((_, grant) -> permitted[0] |= grant.permits(referrer, target));
        }
        return permitted[0];
    }

    /// Whether an Ingress is of a class of this gateway, so that its status is written. In a cluster without any IngressClass, this includes every
    /// Ingress without a class.
    boolean isOurIngressClass(ResourceKey ingress, String name) {
        if (!name.isEmpty()) {
            IngressClass named = ingressClasses.get(Kinds.ingressClass(ingress, name));
            return named == null ? name.equals(Kinds.CLASS) : named.ours();
        }
        boolean[] any = new boolean[1];
        boolean[] ours = new boolean[1];
        ingressClasses.forEach((key, entry) -> {
            if (key.cluster().equals(ingress.cluster())) {
                any[0] = true;
                ours[0] |= entry.value().isDefault() && entry.value().ours();
            }
        });
        return ours[0] || !any[0];
    }

    /// The settings of policies for a target as a whole or, with a section, for that part alone.
    TrafficSettings settings(ResourceKey target, String section) {
        List<TrafficSettings> oldestFirst = traffic.at(target, section);
        TrafficSettings merged = TrafficSettings.NONE;
        for (TrafficSettings settings : oldestFirst) {
            merged = merged.over(settings);
        }
        return merged;
    }
}
