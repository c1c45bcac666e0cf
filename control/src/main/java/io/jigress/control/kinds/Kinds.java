package io.jigress.control.kinds;

import io.jigress.control.ResourceKey;

/// The names of API groups and kinds, as used in keys.
public final class Kinds {
    public static final String CORE = "";
    public static final String GATEWAY_API = "gateway.networking.k8s.io";
    public static final String NETWORKING = "networking.k8s.io";
    public static final String DISCOVERY = "discovery.k8s.io";
    public static final String JIGRESS = "jigress.io";
    /// Of the Multi-Cluster Services API (KEP-1645).
    public static final String MULTICLUSTER = "multicluster.x-k8s.io";
    public static final String HIGRESS = "networking.higress.io";
    /// Of Higress's WasmPlugin.
    public static final String HIGRESS_EXTENSIONS = "extensions.higress.io";
    public static final String ISTIO = "networking.istio.io";

    public static final String GATEWAY_CONTROLLER = "jigress.io/gateway-controller";
    public static final String INGRESS_CONTROLLER = "jigress.io/ingress-controller";
    /// The class that exists even without an object.
    public static final String CLASS = "jigress";

    private Kinds() {}

    /// The newest supported version of a group: `gateway.networking.k8s.io/v1`.
    public static String apiVersion(String group) {
        boolean alpha = group.equals(MULTICLUSTER) || group.equals(HIGRESS_EXTENSIONS);
        return group.isEmpty() ? "v1" : group + (alpha ? "/v1alpha1" : "/v1");
    }

    public static boolean is(ResourceKey key, String group, String kind) {
        return key.kind().equals(kind) && key.group().equals(group);
    }

    public static ResourceKey gateway(String namespace, String name) {
        return new ResourceKey(GATEWAY_API, "Gateway", namespace, name);
    }

    public static ResourceKey listenerSet(String namespace, String name) {
        return new ResourceKey(GATEWAY_API, "ListenerSet", namespace, name);
    }

    public static ResourceKey gatewayClass(String name) {
        return new ResourceKey(GATEWAY_API, "GatewayClass", "", name);
    }

    public static ResourceKey ingressClass(String name) {
        return new ResourceKey(NETWORKING, "IngressClass", "", name);
    }

    public static ResourceKey namespace(String name) {
        return new ResourceKey(CORE, "Namespace", "", name);
    }

    public static ResourceKey plugin(String namespace, String name) {
        return new ResourceKey(JIGRESS, "Plugin", namespace, name);
    }

    public static ResourceKey registry(String namespace, String name) {
        return new ResourceKey(JIGRESS, "Registry", namespace, name);
    }

    public static ResourceKey secret(String namespace, String name) {
        return new ResourceKey(CORE, "Secret", namespace, name);
    }

    public static ResourceKey mcpBridge(String namespace) {
        return new ResourceKey(HIGRESS, "McpBridge", namespace, McpBridge.NAME);
    }

    public static ResourceKey http2Rpc(String namespace, String name) {
        return new ResourceKey(HIGRESS, "Http2Rpc", namespace, name);
    }

    /// An object of the cluster of another one.
    public static ResourceKey gatewayClass(ResourceKey near, String name) {
        return gatewayClass(name).in(near.cluster());
    }

    /// As [#gatewayClass(ResourceKey, String)].
    public static ResourceKey ingressClass(ResourceKey near, String name) {
        return ingressClass(name).in(near.cluster());
    }

    /// As [#gatewayClass(ResourceKey, String)].
    public static ResourceKey namespace(ResourceKey near, String name) {
        return namespace(name).in(near.cluster());
    }

    /// A Secret in the namespace of another object.
    public static ResourceKey secret(ResourceKey near, String name) {
        return secret(near.namespace(), name).in(near.cluster());
    }

    /// A group and kind in a message: `Service`, `jigress.io Backend`.
    public static String show(String group, String kind) {
        return group.isEmpty() ? kind : group + " " + kind;
    }
}
