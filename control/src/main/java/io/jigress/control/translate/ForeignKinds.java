package io.jigress.control.translate;

import io.jigress.api.JsonReader;
import io.jigress.control.ResourceKey;
import io.jigress.control.kinds.Document;
import io.jigress.control.kinds.Kinds;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Kinds that configure other gateways. They have no effect here, which is reported together with the equivalent kind: as an error where the
/// object may protect something, else as a warning.
final class ForeignKinds {
    private static final String ROUTE = "an HTTPRoute";
    private static final String PLUGIN = "a Plugin (jigress.io/v1), where there is a filter for it";
    private static final String POLICY = "a TrafficPolicy (jigress.io/v1)";

    /// @param product the product of these kinds
    /// @param instead the equivalent of each kind
    private record Group(String product, Map<String, String> instead) {}

    private static final Group TRAEFIK = new Group("Traefik", Map.of("IngressRoute", ROUTE, "Middleware", PLUGIN));

    private static final Map<String, Group> GROUPS = Map.ofEntries(
            Map.entry("networking.istio.io", new Group("Istio", Map.of("VirtualService", ROUTE, "Gateway",
                    "a Gateway of gateway.networking.k8s.io/v1", "DestinationRule", POLICY, "ServiceEntry",
                    "a Backend (jigress.io/v1)", "EnvoyFilter", PLUGIN))),
            Map.entry("security.istio.io",
                    new Group("Istio", Map.of("AuthorizationPolicy", PLUGIN, "RequestAuthentication", PLUGIN))),
            Map.entry("traefik.io", TRAEFIK),
            Map.entry("traefik.containo.us", TRAEFIK),
            Map.entry("gateway.envoyproxy.io", new Group("Envoy Gateway", Map.of("SecurityPolicy", PLUGIN, "BackendTrafficPolicy",
                    POLICY, "ClientTrafficPolicy", "settings of the process", "Backend", "a Backend of jigress.io/v1"))),
            Map.entry("configuration.konghq.com", new Group("Kong", Map.of("KongPlugin", PLUGIN, "KongClusterPlugin", PLUGIN))),
            Map.entry("apisix.apache.org", new Group("APISIX", Map.of("ApisixRoute", ROUTE, "ApisixPluginConfig", PLUGIN))),
            Map.entry("projectcontour.io", new Group("Contour", Map.of("HTTPProxy", ROUTE))),
            Map.entry("k8s.nginx.org", new Group("NGINX Ingress Controller", Map.of("VirtualServer", ROUTE, "Policy", PLUGIN))),
            Map.entry(Kinds.CORE, new Group("Kubernetes", Map.of("Endpoints",
                    "an EndpointSlice (discovery.k8s.io/v1) with the label kubernetes.io/service-name"))));

    /// ConfigMaps that configure an ingress controller as a whole.
    private static final Set<String> CONTROLLERS = Set.of("ingress-nginx-controller", "nginx-configuration", "higress-config");

    private ForeignKinds() {}

    /// The equivalent of an object; null when it does not configure a gateway.
    static @Nullable String of(ResourceKey key) {
        if (Kinds.is(key, Kinds.CORE, "ConfigMap")) {
            return CONTROLLERS.contains(key.name())
                    ? "settings of the process (--settings FILE), TrafficPolicies and Plugins"
                    : null;
        }
        Group group = GROUPS.get(key.group());
        return group == null ? null : group.instead.get(key.kind());
    }

    static void report(Document document) {
        ResourceKey key = document.resource().key();
        JsonReader root = document.root();
        String instead = of(key);
        Group group = GROUPS.get(key.group());
        if (instead == null || group == null) {
            return;
        }
        String what = key.kind().equals("ConfigMap")
                ? "is \"ConfigMap\", which is not read: settings of an ingress controller have no effect"
                : "is \"" + key.kind() + "\" of " + group.product + ", which is not read, so that the object has no effect";
        if (instead.equals(PLUGIN)) {
            root.error("kind", what + "; what it may protect is open", instead);
        } else {
            root.warning("kind", what, instead);
        }
    }
}
