package io.jigress.sources.kubernetes;

import io.jigress.control.ResourceKey;
import io.jigress.control.kinds.Kinds;
import io.jigress.control.kinds.Plugin;
import java.util.List;
import java.util.Set;

/// A kind of object in a cluster, and its path in the API server.
///
/// @param versions that are read, the preferred one first
/// @param plural its name in paths
/// @param hasStatus whether statuses are written to its objects
/// @param selection which of the objects are watched
record WatchedKind(String group, String kind, String plural, boolean namespaced, List<String> versions, boolean hasStatus,
        Selection selection) {

    /// A selection of the objects of a kind; each component is empty for all.
    ///
    /// @param fields,labels selectors in the syntax of the API server
    record Selection(String namespace, String name, String fields, String labels) {
        static final Selection ALL = new Selection("", "", "", "");

        boolean holds(ResourceKey key) {
            return (namespace.isEmpty() || namespace.equals(key.namespace())) && (name.isEmpty() || name.equals(key.name()));
        }

        /// The selectors as query parameters, to be appended to others.
        String query() {
            String named = name.isEmpty() ? "" : "metadata.name=" + name;
            String all = fields.isEmpty() || named.isEmpty() ? fields + named : fields + "," + named;
            return (all.isEmpty() ? "" : "&fieldSelector=" + ClusterApi.encode(all))
                    + (labels.isEmpty() ? "" : "&labelSelector=" + ClusterApi.encode(labels));
        }
    }

    private static final List<String> V1 = List.of("v1");
    private static final List<String> V1_BETA1 = List.of("v1", "v1beta1");
    private static final List<String> V1_ALPHA2 = List.of("v1", "v1alpha2");
    private static final List<String> V1_ALPHA3 = List.of("v1", "v1alpha3", "v1alpha2");

    /// Kinds whose objects users do not label, or which are looked up by others regardless of their labels.
    private static final Set<String> NEVER_BY_LABEL = Set.of("GatewayClass", "IngressClass", "ReferenceGrant");

    private static final Set<String> NEVER_BY_LABEL_GROUPS = Set.of(Kinds.CORE, Kinds.DISCOVERY, Kinds.MULTICLUSTER);

    /// All kinds that can be watched; those that the translation does not read are not watched. Of the Secrets, only those with certificates are.
    static final List<WatchedKind> ALL = List.of(
            plain(Kinds.CORE, "Namespace", "namespaces", false, ""),
            plain(Kinds.CORE, "Service", "services", true, ""),
            plain(Kinds.CORE, "Secret", "secrets", true, "type=kubernetes.io/tls"),
            plain(Kinds.CORE, "ConfigMap", "configmaps", true, ""),
            plain(Kinds.DISCOVERY, "EndpointSlice", "endpointslices", true, ""),
            plain(Kinds.NETWORKING, "IngressClass", "ingressclasses", false, ""),
            routing(Kinds.NETWORKING, "Ingress", "ingresses", true, V1, true),
            routing(Kinds.GATEWAY_API, "GatewayClass", "gatewayclasses", false, V1_BETA1, true),
            routing(Kinds.GATEWAY_API, "Gateway", "gateways", true, V1_BETA1, true),
            routing(Kinds.GATEWAY_API, "ListenerSet", "listenersets", true, V1, true),
            routing(Kinds.GATEWAY_API, "HTTPRoute", "httproutes", true, V1_BETA1, true),
            routing(Kinds.GATEWAY_API, "GRPCRoute", "grpcroutes", true, V1, true),
            routing(Kinds.GATEWAY_API, "TLSRoute", "tlsroutes", true, V1_ALPHA3, true),
            routing(Kinds.GATEWAY_API, "TCPRoute", "tcproutes", true, V1_ALPHA2, true),
            routing(Kinds.GATEWAY_API, "UDPRoute", "udproutes", true, V1_ALPHA2, true),
            routing(Kinds.GATEWAY_API, "ReferenceGrant", "referencegrants", true, V1_BETA1, false),
            routing(Kinds.GATEWAY_API, "BackendTLSPolicy", "backendtlspolicies", true, V1, true),
            own("Backend", "backends"), own("Plugin", "plugins"), own("TrafficPolicy", "trafficpolicies"),
            own("Registry", "registries"), own("Consumer", "consumers"), own("DubboService", "dubboservices"),
            own("SentinelRule", "sentinelrules"),
            plain(Kinds.HIGRESS, "Http2Rpc", "http2rpcs", true, ""),
            plain(Kinds.HIGRESS, "McpBridge", "mcpbridges", true, ""),
            new WatchedKind(Kinds.HIGRESS_EXTENSIONS, Plugin.WASM_PLUGIN, "wasmplugins", true, List.of("v1alpha1"), false,
                    Selection.ALL),
            multicluster("ServiceImport", "serviceimports"), multicluster("ServiceExport", "serviceexports"));

    private static WatchedKind plain(String group, String kind, String plural, boolean namespaced, String selector) {
        return new WatchedKind(group, kind, plural, namespaced, V1, false, new Selection("", "", selector, ""));
    }

    private static WatchedKind routing(String group, String kind, String plural, boolean namespaced, List<String> versions,
            boolean hasStatus) {
        return new WatchedKind(group, kind, plural, namespaced, versions, hasStatus, Selection.ALL);
    }

    private static WatchedKind multicluster(String kind, String plural) {
        return new WatchedKind(Kinds.MULTICLUSTER, kind, plural, true, List.of("v1alpha1"), false, Selection.ALL);
    }

    private static WatchedKind own(String kind, String plural) {
        return new WatchedKind(Kinds.JIGRESS, kind, plural, true, V1, true, Selection.ALL);
    }

    /// The selections of this kind to watch.
    ///
    /// @param namespaces empty for all
    /// @param labels a selector, for the kinds that define what is served
    List<WatchedKind> parts(List<String> namespaces, String labels) {
        boolean byLabel = !NEVER_BY_LABEL_GROUPS.contains(group) && !NEVER_BY_LABEL.contains(kind);
        String selector = byLabel ? labels : "";
        if (namespaces.isEmpty() || (!namespaced && !kind.equals("Namespace"))) {
            return List.of(with(new Selection("", "", selection.fields, selector)));
        }
        return namespaces.stream()
                .map(name -> with(namespaced
                        ? new Selection(name, "", selection.fields, selector)
                        : new Selection("", name, "", "")))
                .toList();
    }

    /// One object of this kind, without other selectors.
    WatchedKind only(ResourceKey key) {
        return with(new Selection(key.namespace(), key.name(), "", ""));
    }

    /// The Secrets with some labels in a namespace.
    static WatchedKind secrets(String namespace, String labels) {
        return new WatchedKind(Kinds.CORE, "Secret", "secrets", true, V1, false, new Selection(namespace, "", "", labels));
    }

    private WatchedKind with(Selection selected) {
        return new WatchedKind(group, kind, plural, namespaced, versions, hasStatus, selected);
    }

    /// Whether single objects of it are read because others refer to them.
    boolean isReferredTo() { return group.equals(Kinds.CORE) && (kind.equals("Secret") || kind.equals("ConfigMap")); }

    /// Whether it is a kind of another product, which need not be installed.
    boolean isForeign() {
        return group.equals(Kinds.HIGRESS) || group.equals(Kinds.HIGRESS_EXTENSIONS) || group.equals(Kinds.MULTICLUSTER);
    }

    /// Whether others read its status, so that it is part of the object.
    boolean isReadWithStatus() { return group.equals(Kinds.CORE) && kind.equals("Service"); }

    /// Whether annotations have a meaning for the gateway.
    boolean isReadWithAnnotations() { return group.equals(Kinds.NETWORKING); }

    boolean is(ResourceKey key) {
        return key.kind().equals(kind) && key.group().equals(group) && selection.holds(key);
    }

    boolean isSameKind(WatchedKind other) {
        return kind.equals(other.kind) && group.equals(other.group);
    }

    /// The name in messages of Kubernetes: `httproutes.gateway.networking.k8s.io`.
    String resource() {
        return group.isEmpty() ? plural : plural + "." + group;
    }

    /// The same with the namespace, where only one is watched.
    String shown() {
        return selection.namespace.isEmpty() ? resource() : resource() + " in namespace " + selection.namespace;
    }

    String apiVersion(String version) {
        return group.isEmpty() ? version : group + "/" + version;
    }

    /// The path of all its objects.
    String path(String version) {
        return root(version) + (selection.namespace.isEmpty() ? "" : "/namespaces/" + selection.namespace) + "/" + plural;
    }

    /// The path of one object.
    String path(String version, ResourceKey key) {
        return root(version) + (namespaced ? "/namespaces/" + key.namespace() : "") + "/" + plural + "/" + key.name();
    }

    private String root(String version) {
        return group.isEmpty() ? "/api/" + version : "/apis/" + group + "/" + version;
    }
}
