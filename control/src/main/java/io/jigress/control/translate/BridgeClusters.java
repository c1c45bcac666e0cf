package io.jigress.control.translate;

import io.jigress.config.EndpointRef;
import io.jigress.config.UpstreamTls;
import io.jigress.control.RegistryService;
import io.jigress.control.ResourceKey;
import io.jigress.control.kinds.BridgeUpstream;
import io.jigress.control.kinds.McpBridge;
import io.jigress.control.kinds.TrafficSettings;
import io.jigress.control.translate.ClusterResolver.Resolution;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Resolves host names of Higress (`orders.DEFAULT-GROUP.public.nacos`) to clusters of a McpBridge.
final class BridgeClusters {
    private final TranslationIndex index;
    private final PolicyClusters policyClusters;

    BridgeClusters(TranslationIndex index, PolicyClusters policyClusters) {
        this.index = index;
        this.policyClusters = policyClusters;
    }

    /// @param field that names the host; empty for none
    /// @param subset a version, by the label `version` of the instances; empty for all
    Resolution host(RouteBuild build, String field, String host, String subset, Speech speech, TrafficSettings near,
            TrafficSettings far) {
        ResourceKey of = index.bridge.in(build.key().cluster());
        build.use(of);
        McpBridge bridge = index.bridges.get(of);
        if (bridge == null) {
            return new Resolution.Broken(field, "is \"" + host + "\", and there is no " + of,
                    "a McpBridge with this host",
                    "BackendNotFound", of);
        }
        String name = "host/" + host + (subset.isEmpty() ? "" : "/" + subset);
        String origin = of + " " + host + (subset.isEmpty() ? "" : " subset " + subset);
        return switch (bridge.target(of, host)) {
            case McpBridge.Target.Fixed(BridgeUpstream fixed) when speech.udp()
                    && fixed.endpoints() instanceof EndpointRef.Proxied ->
                new Resolution.Broken(field, "is \"" + host + "\", which is behind an HTTP proxy", "a host without a proxy",
                        "UnsupportedProtocol");
            case McpBridge.Target.Fixed(BridgeUpstream fixed) -> policyClusters.cluster(name, origin, speech(fixed, speech),
                    subset(fixed.endpoints(), subset), speech.secured() ? tls(of, fixed) : null, settings(fixed), near, far);
            case McpBridge.Target.Registered(RegistryService service) -> policyClusters.cluster(name, origin, speech,
                    subset(new EndpointRef.Named(RegistryService.DIRECTORY, service.text()), subset), TrafficSettings.NONE, near,
                    far);
            case null -> new Resolution.Broken(field,
                    "is \"" + host + "\", which no entry of " + of + " has" + bridge.hint(host),
                    "a host such as orders.DEFAULT-GROUP.public.nacos, whose end is that of an entry", "BackendNotFound");
        };
    }

    private static EndpointRef subset(EndpointRef all, String version) {
        return version.isEmpty() ? all : new EndpointRef.Subset(all, Map.of("version", version), false);
    }

    private static Speech speech(BridgeUpstream upstream, Speech wanted) {
        return wanted.equals(Speech.HTTP1) && upstream.protocol().http2() ? Speech.H2C : wanted;
    }

    /// As with Higress, the certificate is not verified.
    private static @Nullable UpstreamTls tls(ResourceKey bridge, BridgeUpstream upstream) {
        return upstream.protocol().tls()
                ? new UpstreamTls(bridge.toString(), upstream.serverName(), new UpstreamTls.Verification.None(), null, List.of())
                : null;
    }

    private static TrafficSettings settings(BridgeUpstream upstream) {
        return upstream.connectTimeout() == null
                ? TrafficSettings.NONE
                : TrafficSettings.connecting(upstream.connectTimeout());
    }
}
