package io.jigress.control.translate;

import io.jigress.api.Json;
import io.jigress.control.ResourceKey;
import io.jigress.control.kinds.Document;
import io.jigress.control.kinds.GatewayClass;
import io.jigress.control.kinds.Kinds;
import io.jigress.control.kinds.ReferenceGrant;
import io.jigress.config.PersistentMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// Which processor a kind has. A new kind is a line here.
final class Processors {

    /// Kinds of Kubernetes in the groups that we serve; they mean nothing to us.
    private static final Map<String, Set<String>> FOREIGN = Map.of(
            Kinds.CORE, Set.of("Binding", "ConfigMap", "Endpoints", "Event", "LimitRange", "Node", "PersistentVolume",
                    "PersistentVolumeClaim", "Pod", "PodTemplate", "ReplicationController", "ResourceQuota", "ServiceAccount"),
            Kinds.NETWORKING, Set.of("IPAddress", "NetworkPolicy", "ServiceCIDR"));

    private record GroupKind(String group, String kind) {}

    private final Map<GroupKind, KindProcessor> byKind = new HashMap<>();
    private final KindProcessor strange = new CheckProcessor(this::warn);
    private final KindProcessor ignored = new CheckProcessor(_ -> {});

    Processors(Facts facts, Agenda agenda, KindProcessor gateways, KindProcessor plugins, KindProcessor policies,
            KindProcessor httpRoutes,
            KindProcessor ingresses, KindProcessor endpointSlices) {
        RegistryLookups lookups = new RegistryLookups(facts, agenda);
        put(Kinds.CORE, "Service", new FactProcessor<>(facts.services, (key, _) -> agenda.touch(key), _ -> null));
        put(Kinds.CORE, "Namespace", new FactProcessor<>(facts.namespaces, (key, _) -> agenda.touch(key), _ -> null));
        put(Kinds.CORE, "Secret", lookups.secrets());
        put(Kinds.DISCOVERY, "EndpointSlice", endpointSlices);
        put(Kinds.NETWORKING, "IngressClass",
                new FactProcessor<>(facts.ingressClasses, (_, _) -> agenda.touch(Facts.INGRESS_SOCKET), _ -> null));
        put(Kinds.NETWORKING, "Ingress", ingresses);
        put(Kinds.GATEWAY_API, "GatewayClass",
                new FactProcessor<>(facts.gatewayClasses, (_, _) -> agenda.gateways(), Processors::classStatus));
        put(Kinds.GATEWAY_API, "Gateway", gateways);
        put(Kinds.GATEWAY_API, "HTTPRoute", httpRoutes);
        put(Kinds.GATEWAY_API, "ReferenceGrant",
                new FactProcessor<>(facts.grants, (key, grant) -> {
                    granted(facts, agenda, key, grant);
                    lookups.changed(Facts.grantsKey(key.namespace()));
                }, _ -> null));
        put(Kinds.JIGRESS, "Backend", lookups.backends());
        put(Kinds.JIGRESS, "Registry", lookups.registries());
        put(Kinds.JIGRESS, "Plugin", plugins);
        put(Kinds.JIGRESS, "TrafficPolicy", policies);
    }

    /// Objects of foreign kinds lie in the same folders and mean nothing to us; an unknown kind of a group that we serve is a mistake.
    KindProcessor of(ResourceKey key) {
        KindProcessor known = byKind.get(new GroupKind(key.group(), key.kind()));
        if (known != null) {
            return known;
        }
        boolean ours = byKind.keySet().stream().anyMatch(kind -> kind.group.equals(key.group()));
        return ours && !FOREIGN.getOrDefault(key.group(), Set.of()).contains(key.kind()) ? strange : ignored;
    }

    boolean reads(ResourceKey key) {
        return byKind.containsKey(new GroupKind(key.group(), key.kind()));
    }

    private void warn(Document document) {
        ResourceKey key = document.resource().key();
        List<String> groups = byKind.keySet().stream().filter(kind -> kind.kind.equals(key.kind())).map(GroupKind::group)
                .toList();
        if (groups.isEmpty()) {
            document.root().warning("kind", "is \"" + key.kind() + "\", which is not supported, so that the object has no effect",
                    "one of " + byKind.keySet().stream().filter(kind -> kind.group.equals(key.group())).map(GroupKind::kind)
                            .sorted()
                            .collect(Collectors.joining(", ")));
        } else {
            document.root().warning("apiVersion", "is \"" + document.root().text("apiVersion") + "\", which has no " + key.kind()
                    + ", so that the object has no effect", Kinds.apiVersion(groups.getFirst()));
        }
    }

    private void put(String group, String kind, KindProcessor processor) {
        byKind.put(new GroupKind(group, kind), processor);
    }

    private static @Nullable Json classStatus(Table.Entry<GatewayClass> entry) {
        if (!entry.value().ours()) {
            return null;
        }
        return Json.object().put("conditions",
                Json.array(
                        List.of(Conditions.condition("Accepted", true, "Accepted", "The class is served", entry.generation()))))
                .build();
    }

    private static void granted(Facts facts, Agenda agenda, ResourceKey key, @Nullable ReferenceGrant grant) {
        PersistentMap<ResourceKey, ReferenceGrant> there = facts.grantsOf.get(key.namespace());
        there = there == null ? PersistentMap.empty() : there;
        there = grant == null ? there.without(key) : there.with(key, grant);
        facts.grantsOf = there.isEmpty() ? facts.grantsOf.without(key.namespace()) : facts.grantsOf.with(key.namespace(), there);
        agenda.touch(Facts.grantsKey(key.namespace()));
    }
}
