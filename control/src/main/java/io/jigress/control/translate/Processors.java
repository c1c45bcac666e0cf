package io.jigress.control.translate;

import io.jigress.api.JsonReader;
import io.jigress.api.NearestName;
import io.jigress.control.Problem.Severity;
import io.jigress.control.Problem;
import io.jigress.control.Resource;
import io.jigress.control.ResourceKey;
import io.jigress.control.kinds.BackendTlsPolicy;
import io.jigress.control.kinds.Document;
import io.jigress.control.kinds.Kinds;
import io.jigress.control.kinds.Plugin;
import io.jigress.control.kinds.ReferenceGrant;
import io.jigress.control.kinds.RouteKind;
import io.jigress.config.PersistentMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// The processor of each kind. A new kind adds a line here.
final class Processors {

    /// Kinds of Kubernetes in groups that we read; they are ignored.
    private static final Map<String, Set<String>> FOREIGN = Map.of(
            Kinds.CORE, Set.of("Binding", "ConfigMap", "Endpoints", "Event", "LimitRange", "Node", "PersistentVolume",
                    "PersistentVolumeClaim", "Pod", "PodTemplate", "ReplicationController", "ResourceQuota", "ServiceAccount"),
            Kinds.NETWORKING, Set.of("IPAddress", "NetworkPolicy", "ServiceCIDR"));

    /// Former groups of kinds that we read.
    private static final Map<String, String> OLD_GROUPS = Map.of("extensions", Kinds.NETWORKING, "networking.x-k8s.io",
            Kinds.GATEWAY_API);

    /// What else must be changed in an object of an old version.
    private static final Map<String, String> NOW = Map.of("Ingress",
            ", with pathType at each path and backend: {service: {name: ..., port: {number: ...}}}");

    /// Other versions of kinds of Gateway API that its release serves.
    private static final Map<String, Set<String>> OTHER_VERSIONS = Map.of("ReferenceGrant", Set.of("v1beta1"), "TLSRoute",
            Set.of("v1alpha3", "v1alpha2"), "TCPRoute", Set.of("v1alpha2"), "UDPRoute", Set.of("v1alpha2"));

    private record GroupKind(String group, String kind) {}

    private final Map<GroupKind, KindProcessor> byKind = new HashMap<>();
    private final RegistryLookups lookups;
    private final KindProcessor strange = new CheckProcessor(this::warn);
    private final KindProcessor foreign = new CheckProcessor(ForeignKinds::report);
    private final KindProcessor ignored = new CheckProcessor(_ -> {});

    Processors(TranslationIndex index, PendingWork pendingWork, KindProcessor gateways, KindProcessor listenerSets,
            KindProcessor plugins,
            KindProcessor policies,
            KindProcessor httpRoutes, Map<RouteKind, StreamRouteProcessor> streamRoutes,
            KindProcessor ingresses, KindProcessor endpointSlices, KindProcessor dubboServices, KindProcessor backendTlsPolicies,
            Certificates certificates) {
        lookups = new RegistryLookups(index, pendingWork, certificates);
        put(Kinds.CORE, "Service", new FactProcessor<>(index.services, (key, service) -> {
            pendingWork.touch(key);
            if (index.made.changed(key, service)) {
                pendingWork.gateways();
            }
        }, _ -> null));
        put(Kinds.MULTICLUSTER, "ServiceImport",
                new FactProcessor<>(index.serviceImports, (key, _) -> pendingWork.touch(key), _ -> null));
        put(Kinds.MULTICLUSTER, "ServiceExport", new CheckProcessor(_ -> {}));
        put(Kinds.CORE, "Namespace", new FactProcessor<>(index.namespaces, (key, _) -> {
            pendingWork.touch(key);
            if (index.listenerSets.size() > 0) {
                pendingWork.gateways();
            }
        }, _ -> null));
        put(Kinds.CORE, "Secret", lookups.secrets());
        put(Kinds.DISCOVERY, "EndpointSlice", endpointSlices);
        put(Kinds.NETWORKING, "IngressClass",
                new FactProcessor<>(index.ingressClasses, (_, _) -> pendingWork.touch(TranslationIndex.INGRESS_SOCKET),
                        _ -> null));
        put(Kinds.NETWORKING, "Ingress", ingresses);
        put(Kinds.GATEWAY_API, "GatewayClass",
                new FactProcessor<>(index.gatewayClasses, (_, _) -> pendingWork.gateways(), GatewayClassStatus::of));
        put(Kinds.GATEWAY_API, "Gateway", gateways);
        put(Kinds.GATEWAY_API, "ListenerSet", listenerSets);
        put(Kinds.GATEWAY_API, "HTTPRoute", httpRoutes);
        put(Kinds.GATEWAY_API, "GRPCRoute", httpRoutes);
        streamRoutes.forEach((kind, processor) -> put(Kinds.GATEWAY_API, kind.text(), processor));
        put(Kinds.GATEWAY_API, BackendTlsPolicy.KIND, backendTlsPolicies);
        put(Kinds.GATEWAY_API, "ReferenceGrant",
                new FactProcessor<>(index.grants, (key, grant) -> {
                    granted(index, pendingWork, key, grant);
                    lookups.changed(TranslationIndex.grantsKey(key));
                }, _ -> null));
        put(Kinds.JIGRESS, "Backend", lookups.backends());
        put(Kinds.JIGRESS, "DubboService", dubboServices);
        put(Kinds.HIGRESS, "Http2Rpc", new FactProcessor<>(index.http2Rpcs, (key, _) -> pendingWork.touch(key), _ -> null));
        put(Kinds.HIGRESS, "McpBridge", lookups.bridges());
        put(Kinds.JIGRESS, "Registry", lookups.registries());
        put(Kinds.JIGRESS, "Plugin", plugins);
        put(Kinds.JIGRESS, Plugin.SENTINEL_RULE, plugins);
        put(Kinds.HIGRESS_EXTENSIONS, Plugin.WASM_PLUGIN, plugins);
        put(Kinds.JIGRESS, "TrafficPolicy", policies);
    }

    /// Objects of other kinds may be in the same folder and are ignored; those that configure other gateways are reported. An unknown kind of a
    /// group that we read is an error, and so is a known kind in a group with a similar name.
    KindProcessor of(ResourceKey key) {
        KindProcessor known = byKind.get(new GroupKind(key.group(), key.kind()));
        if (known != null) {
            return known;
        }
        if (OLD_GROUPS.containsKey(key.group()) && kinds(OLD_GROUPS.getOrDefault(key.group(), "")).contains(key.kind())) {
            return strange;
        }
        if (ForeignKinds.of(key) != null) {
            return foreign;
        }
        boolean ours = groups().contains(key.group());
        if (ours) {
            return FOREIGN.getOrDefault(key.group(), Set.of()).contains(key.kind()) ? ignored : strange;
        }
        return nearGroup(key).isPresent() ? strange : ignored;
    }

    /// The group that was probably meant by one with a similar name: it has the kind, or one with a similar name.
    private Optional<String> nearGroup(ResourceKey key) {
        return NearestName.of(key.group(), groups()).filter(group -> kinds(group).contains(key.kind())
                || NearestName.of(key.kind(), kinds(group)).isPresent());
    }

    private Set<String> groups() {
        return byKind.keySet().stream().map(GroupKind::group).collect(Collectors.toSet());
    }

    private List<String> kinds(String group) {
        return byKind.keySet().stream().filter(kind -> kind.group.equals(group)).map(GroupKind::kind).sorted().toList();
    }

    Set<ResourceKey> references() {
        return lookups.references();
    }

    boolean reads(ResourceKey key) {
        return byKind.containsKey(new GroupKind(key.group(), key.kind()));
    }

    private void warn(Document document) {
        ResourceKey key = document.resource().key();
        JsonReader root = document.root();
        String apiVersion = root.text("apiVersion", "");
        String replaced = OLD_GROUPS.get(key.group());
        if (replaced != null) {
            root.error("apiVersion",
                    "is \"" + apiVersion + "\", an old version that is not read, so that the object has no effect",
                    Kinds.apiVersion(replaced) + NOW.getOrDefault(key.kind(), ""));
            return;
        }
        Optional<String> near = groups().contains(key.group()) ? Optional.empty() : nearGroup(key);
        if (near.isPresent()) {
            String kind = kinds(near.get()).contains(key.kind())
                    ? ""
                    : ", and kind" + NearestName.of(key.kind(), kinds(near.get()))
                            .map(name -> ": " + name).orElse("");
            report(root, "apiVersion", NearestName.of(key.kind(), kinds(near.get())).orElse(key.kind()),
                    "is \"" + apiVersion + "\", a group that is not known, so that the object has no effect; did you mean \""
                            + Kinds.apiVersion(near.get()) + "\"?",
                    Kinds.apiVersion(near.get()) + kind);
            return;
        }
        List<String> groups = byKind.keySet().stream().filter(kind -> kind.kind.equals(key.kind())).map(GroupKind::group)
                .toList();
        if (groups.isEmpty()) {
            // All kinds, since the group may be wrong too.
            Set<String> all = byKind.keySet().stream().map(GroupKind::kind).collect(Collectors.toSet());
            report(root, "kind", NearestName.of(key.kind(), all).orElse(""),
                    "is \"" + key.kind() + "\", which is not supported, so that the object has no effect"
                            + NearestName.hint(key.kind(), all),
                    "one of " + String.join(", ", kinds(key.group())));
        } else {
            root.warning("apiVersion",
                    "is \"" + apiVersion + "\", which has no " + key.kind() + ", so that the object has no effect",
                    Kinds.apiVersion(groups.getFirst()));
        }
    }

    /// Plugins and SentinelRules may protect: one that is misspelled is more than a warning.
    private static void report(JsonReader root, String field, String meant, String what, String expected) {
        if (Plugin.KINDS.contains(meant)) {
            root.error(field, what, expected);
        } else {
            root.warning(field, what, expected);
        }
    }

    /// The error of an object's version; null when the version is supported.
    static @Nullable Problem version(Resource resource) {
        ResourceKey key = resource.key();
        String version = resource.version();
        if (Kinds.apiVersion(key.group()).endsWith("/" + version) || version.equals("v1")
                || (key.group().equals(Kinds.GATEWAY_API)
                        && OTHER_VERSIONS.getOrDefault(key.kind(), Set.of()).contains(version))) {
            return null;
        }
        String written = key.group().isEmpty() ? version : key.group() + "/" + version;
        return Kinds.is(key, Kinds.NETWORKING, "Ingress")
                ? new Problem(key, resource.source(), "apiVersion",
                        "is \"" + written + "\", an old version that is not read, so that the object has no effect",
                        Kinds.apiVersion(key.group()) + NOW.getOrDefault(key.kind(), ""), Severity.ERROR)
                : new Problem(key, resource.source(), "apiVersion", "is \"" + written + "\", which is read as v1",
                        Kinds.apiVersion(key.group()), Severity.WARNING);
    }

    private void put(String group, String kind, KindProcessor processor) {
        byKind.put(new GroupKind(group, kind), processor);
    }

    private static void granted(TranslationIndex index, PendingWork pendingWork, ResourceKey key,
            @Nullable ReferenceGrant grant) {
        PersistentMap<ResourceKey, ReferenceGrant> there = index.grantsOf.get(TranslationIndex.grantsKey(key));
        there = there == null ? PersistentMap.empty() : there;
        there = grant == null ? there.without(key) : there.with(key, grant);
        index.grantsOf = there.isEmpty()
                ? index.grantsOf.without(TranslationIndex.grantsKey(key))
                : index.grantsOf.with(TranslationIndex.grantsKey(key), there);
        pendingWork.touch(TranslationIndex.grantsKey(key));
    }
}
