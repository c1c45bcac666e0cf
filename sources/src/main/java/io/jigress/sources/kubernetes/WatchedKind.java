package io.jigress.sources.kubernetes;

import io.jigress.control.ResourceKey;
import io.jigress.control.kinds.Kinds;
import java.util.List;

/// A kind of object in a cluster: where the API server serves it.
///
/// @param versions that are read, the preferred one first
/// @param plural as paths name it
/// @param hasStatus whether statuses are written to its objects
/// @param selector of fields, for a part of the objects; empty for all
record WatchedKind(String group, String kind, String plural, boolean namespaced, List<String> versions, boolean hasStatus,
        String selector) {
    private static final List<String> V1 = List.of("v1");
    private static final List<String> V1_BETA1 = List.of("v1", "v1beta1");
    private static final List<String> V1_ALPHA2 = List.of("v1", "v1alpha2");

    /// Every kind that can be watched; those that the translation does not read are not. Of Secrets only those that hold certificates.
    static final List<WatchedKind> ALL = List.of(
            plain(Kinds.CORE, "Namespace", "namespaces", false, ""),
            plain(Kinds.CORE, "Service", "services", true, ""),
            plain(Kinds.CORE, "Secret", "secrets", true, "type=kubernetes.io/tls"),
            plain(Kinds.CORE, "ConfigMap", "configmaps", true, ""),
            plain(Kinds.DISCOVERY, "EndpointSlice", "endpointslices", true, ""),
            plain(Kinds.NETWORKING, "IngressClass", "ingressclasses", false, ""),
            new WatchedKind(Kinds.NETWORKING, "Ingress", "ingresses", true, V1, true, ""),
            new WatchedKind(Kinds.GATEWAY_API, "GatewayClass", "gatewayclasses", false, V1_BETA1, true, ""),
            new WatchedKind(Kinds.GATEWAY_API, "Gateway", "gateways", true, V1_BETA1, true, ""),
            new WatchedKind(Kinds.GATEWAY_API, "ListenerSet", "listenersets", true, V1, true, ""),
            new WatchedKind(Kinds.GATEWAY_API, "HTTPRoute", "httproutes", true, V1_BETA1, true, ""),
            new WatchedKind(Kinds.GATEWAY_API, "GRPCRoute", "grpcroutes", true, V1, true, ""),
            new WatchedKind(Kinds.GATEWAY_API, "TLSRoute", "tlsroutes", true, V1_ALPHA2, true, ""),
            new WatchedKind(Kinds.GATEWAY_API, "TCPRoute", "tcproutes", true, V1_ALPHA2, true, ""),
            new WatchedKind(Kinds.GATEWAY_API, "UDPRoute", "udproutes", true, V1_ALPHA2, true, ""),
            new WatchedKind(Kinds.GATEWAY_API, "ReferenceGrant", "referencegrants", true, V1_BETA1, false, ""),
            new WatchedKind(Kinds.GATEWAY_API, "BackendTLSPolicy", "backendtlspolicies", true, V1, true, ""),
            own("Backend", "backends"), own("Plugin", "plugins"), own("TrafficPolicy", "trafficpolicies"),
            own("Registry", "registries"), own("Consumer", "consumers"), own("DubboService", "dubboservices"),
            plain(Kinds.HIGRESS, "Http2Rpc", "http2rpcs", true, ""));

    private static WatchedKind plain(String group, String kind, String plural, boolean namespaced, String selector) {
        return new WatchedKind(group, kind, plural, namespaced, V1, false, selector);
    }

    private static WatchedKind own(String kind, String plural) {
        return new WatchedKind(Kinds.JIGRESS, kind, plural, true, V1, true, "");
    }

    /// Whether it is a kind of another product, of which nobody expects that it is installed.
    boolean isForeign() { return group.equals(Kinds.HIGRESS); }

    boolean is(ResourceKey key) {
        return key.kind().equals(kind) && key.group().equals(group);
    }

    /// As messages of Kubernetes name it: `httproutes.gateway.networking.k8s.io`.
    String resource() {
        return group.isEmpty() ? plural : plural + "." + group;
    }

    String apiVersion(String version) {
        return group.isEmpty() ? version : group + "/" + version;
    }

    /// The path of all its objects.
    String path(String version) {
        return root(version) + "/" + plural;
    }

    /// The path of one object.
    String path(String version, ResourceKey key) {
        return root(version) + (namespaced ? "/namespaces/" + key.namespace() : "") + "/" + plural + "/" + key.name();
    }

    private String root(String version) {
        return group.isEmpty() ? "/api/" + version : "/apis/" + group + "/" + version;
    }
}
