package io.jigress.control.kinds;

import io.jigress.api.IpLiteral;
import io.jigress.api.Json;
import io.jigress.api.JsonReader;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// A Service: the ports that routes may name.
///
/// @param externalName the DNS name of a Service of type ExternalName, else empty
/// @param gateway the value of its label for a Gateway, where this gateway has made it for one; else empty
/// @param addresses those of its load balancer, else its cluster IP
public record Service(String externalName, List<Port> ports, String gateway, List<String> addresses) {
    /// The label of what is made for a Gateway (GEP-1762).
    public static final String GATEWAY_NAME = "gateway.networking.k8s.io/gateway-name";
    public static final String GATEWAY_CLASS = "gateway.networking.k8s.io/gateway-class-name";
    public static final String MANAGED_BY = "app.kubernetes.io/managed-by";

    /// @param ports that routes may name
    public Service(String externalName, List<Port> ports) {
        this(externalName, ports, "", List.of());
    }

    /// @param name may be empty for the only port
    /// @param appProtocol empty where the port has none
    /// @param target the number of the target port; 0 where it has a name, or is the same
    /// @param udp whether its protocol is UDP; else it is TCP
    public record Port(String name, int port, String appProtocol, int target, boolean udp) {
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
        boolean made = document.label(MANAGED_BY).equals(Kinds.CLASS);
        return new Service(externalName, ports, made ? document.label(GATEWAY_NAME) : "",
                addresses(document.root().json(), spec.json()));
    }

    private static List<String> addresses(Json.Obj root, Json.Obj spec) {
        List<String> addresses = new ArrayList<>();
        if (root.members().get("status") instanceof Json.Obj status
                && status.members().get("loadBalancer") instanceof Json.Obj balancer
                && balancer.members().get("ingress") instanceof Json.Arr(List<Json> items)) {
            for (Json item : items) {
                if (item instanceof Json.Obj each && each.members().getOrDefault("ip",
                        each.members().getOrDefault("hostname", Json.Null.NULL)) instanceof Json.Str(String text)) {
                    addresses.add(text);
                }
            }
        }
        boolean balanced = spec.members().get("type") instanceof Json.Str(String type) && type.equals("LoadBalancer");
        if (!balanced && spec.members().get("clusterIP") instanceof Json.Str(String own) && IpLiteral.parse(own) != null) {
            addresses.add(own);
        }
        return List.copyOf(addresses);
    }

    static List<Port> ports(Document document, JsonReader spec) {
        List<Port> ports = new ArrayList<>();
        for (JsonReader port : spec.objects("ports")) {
            int mark = document.mark();
            String name = port.text("name", "");
            int number = (int) port.requiredInteger("port", 1, 65535);
            String protocol = port.text("protocol", "TCP");
            boolean udp = protocol.equals("UDP");
            String appProtocol = port.text("appProtocol", "");
            int target = port.any("targetPort") instanceof Json.Num(String literal) && literal.matches("\\d{1,5}")
                    ? Integer.parseInt(literal)
                    : 0;
            port.ignore("nodePort");
            port.finish();
            if ((udp || protocol.equals("TCP")) && !document.failedSince(mark)) {
                ports.add(new Port(name, number, appProtocol, target, udp));
            }
        }
        return List.copyOf(ports);
    }

    /// The ports of one protocol.
    public List<Port> ports(boolean udp) {
        return ports.stream().filter(port -> port.udp == udp).toList();
    }

    public @Nullable Port port(int number, boolean udp) {
        for (Port port : ports) {
            if (port.port() == number && port.udp == udp) {
                return port;
            }
        }
        return null;
    }

    public @Nullable Port port(String name, boolean udp) {
        for (Port port : ports) {
            if (port.name().equals(name) && port.udp == udp) {
                return port;
            }
        }
        return null;
    }
}
