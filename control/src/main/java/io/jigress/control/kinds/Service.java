package io.jigress.control.kinds;

import io.jigress.api.JsonReader;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// A Service: the ports that routes may name.
///
/// @param externalName the DNS name of a Service of type ExternalName, else empty
public record Service(String externalName, List<Port> ports) {

    /// @param name may be empty for the only port
    /// @param appProtocol empty where the port has none
    public record Port(String name, int port, String appProtocol) {
        private static final Set<String> LATER = Set.of("kubernetes.io/wss", "https");

        /// Whether the appProtocol is not supported yet.
        public boolean isUnsupported() { return LATER.contains(appProtocol); }

        /// Whether its endpoints use HTTP/2 without TLS (KEP-3726).
        public boolean isH2c() { return appProtocol.equals("kubernetes.io/h2c"); }
    }

    /// Fields that concern the cluster's network only, and `ipFamilies`, which is read where endpoints are computed.
    private static final String[] OTHERS = {"selector", "clusterIP", "clusterIPs", "externalIPs", "externalName", "ipFamilies",
        "ipFamilyPolicy", "externalTrafficPolicy", "internalTrafficPolicy", "trafficDistribution", "loadBalancerIP",
        "loadBalancerClass",
        "loadBalancerSourceRanges", "allocateLoadBalancerNodePorts", "healthCheckNodePort", "publishNotReadyAddresses",
        "sessionAffinityConfig"};

    public static Service read(Document document) {
        JsonReader spec = document.spec();
        String type = spec.text("type", "ClusterIP");
        String externalName = "";
        if (type.equals("ExternalName")) {
            externalName = HostPattern.read(spec, "externalName");
            if (externalName.startsWith("*")) {
                spec.error("externalName", spec.has("externalName") ? "is \"" + externalName + "\"" : "is missing", "a DNS name");
                externalName = "";
            }
        }
        List<Port> ports = ports(document, spec);
        if (spec.text("sessionAffinity", "None").equals("ClientIP")) {
            spec.warning("sessionAffinity", "has no effect yet: requests are balanced one by one", "None");
        }
        spec.ignore(OTHERS);
        spec.finish();
        return new Service(externalName, ports);
    }

    static List<Port> ports(Document document, JsonReader spec) {
        List<Port> ports = new ArrayList<>();
        for (JsonReader port : spec.objects("ports")) {
            int mark = document.mark();
            String name = port.text("name", "");
            int number = (int) port.requiredInteger("port", 1, 65535);
            boolean tcp = port.text("protocol", "TCP").equals("TCP");
            String appProtocol = port.text("appProtocol", "");
            port.ignore("targetPort", "nodePort");
            port.finish();
            if (tcp && !document.failedSince(mark)) {
                ports.add(new Port(name, number, appProtocol));
            }
        }
        return List.copyOf(ports);
    }

    public @Nullable Port port(int number) {
        for (Port port : ports) {
            if (port.port() == number) {
                return port;
            }
        }
        return null;
    }

    public @Nullable Port port(String name) {
        for (Port port : ports) {
            if (port.name().equals(name)) {
                return port;
            }
        }
        return null;
    }
}
