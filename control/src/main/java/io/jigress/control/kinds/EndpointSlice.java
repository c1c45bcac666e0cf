package io.jigress.control.kinds;

import io.jigress.api.IpLiteral;
import io.jigress.api.JsonReader;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// An EndpointSlice: some of the endpoints of a Service.
///
/// @param service the name of the Service in the same namespace (label `kubernetes.io/service-name`); may be empty
/// @param family `IPv4` or `IPv6`
/// @param portless whether it lists no ports
/// @param ports the valid TCP and UDP ports
/// @param members the valid endpoints
public record EndpointSlice(String service, String family, boolean portless, List<Port> ports, List<Member> members) {

    /// @param name equals the name of the Service's port; may be empty
    /// @param port 0 when it has none
    /// @param udp whether its protocol is UDP; else it is TCP
    public record Port(String name, int port, boolean udp) {}

    /// One endpoint.
    ///
    /// @param addresses of the same host
    /// @param ready whether it accepts new requests
    /// @param leaving whether it terminates and still serves
    /// @param zone empty when unknown
    public record Member(List<String> addresses, boolean ready, boolean leaving, String zone) {}

    public static EndpointSlice read(Document document) {
        JsonReader root = document.root();
        Map<String, String> labels = document.labels();
        String service = labels.getOrDefault("kubernetes.io/service-name", "");
        if (service.isEmpty() && !labels.containsKey("multicluster.kubernetes.io/service-name")) {
            root.warning("metadata.labels", "has no kubernetes.io/service-name, so that no Service has these endpoints",
                    "the name of a Service");
        }
        String family = root.text("addressType", "IPv4");
        boolean addresses = family.equals("IPv4") || family.equals("IPv6");
        if (family.equals("FQDN")) {
            root.error("addressType", "is \"FQDN\", which is not supported, so that none of these endpoints gets requests",
                    "IPv4 or IPv6; for DNS names a Backend with dns, or a Service of type ExternalName");
        } else if (!addresses) {
            root.unknown("addressType", family, List.of("IPv4", "IPv6"));
        }
        boolean portless = root.array("ports").isEmpty() && !document.failedSince(0);
        List<Port> ports = ports(document, root);
        List<Member> members = new ArrayList<>();
        for (JsonReader item : addresses ? root.objects("endpoints") : List.<JsonReader>of()) {
            int mark = document.mark();
            Member member = member(item);
            if (!document.failedSince(mark) && !item.broken()) {
                members.add(member);
            }
        }
        root.ignore("endpoints");
        root.finish();
        return new EndpointSlice(service, family, portless, List.copyOf(ports), List.copyOf(members));
    }

    private static List<Port> ports(Document document, JsonReader root) {
        List<Port> ports = new ArrayList<>();
        for (JsonReader port : root.objects("ports")) {
            int mark = document.mark();
            int number = (int) port.integer("port", 0, 1, 65535);
            String name = port.text("name", "");
            String protocol = port.text("protocol", "TCP");
            boolean udp = protocol.equals("UDP");
            port.ignore("appProtocol");
            port.finish(Map.of("name", "the port is left out", "port", "the port is left out"));
            if ((udp || protocol.equals("TCP")) && !document.failedSince(mark) && !port.broken()) {
                ports.add(new Port(name, number, udp));
            }
        }
        return ports;
    }

    private static Member member(JsonReader item) {
        List<String> addresses = item.texts("addresses");
        for (String address : addresses) {
            if (IpLiteral.parse(address) == null) {
                item.error("addresses", "has \"" + address + "\"", "IP addresses");
            }
        }
        JsonReader conditions = item.object("conditions");
        boolean ready = conditions.bool("ready", true);
        boolean serving = conditions.bool("serving", ready);
        boolean terminating = conditions.bool("terminating", false);
        conditions.finish(Map.of("ready", "the endpoint is left out", "serving", "the endpoint is left out", "terminating",
                "the endpoint is left out"));
        item.ignore("nodeName", "hostname", "targetRef", "hints", "deprecatedTopology");
        String zone = item.text("zone", "");
        item.finish(Map.of("conditions", "the endpoint is left out"));
        return new Member(List.copyOf(addresses), ready && !terminating, terminating && serving, zone);
    }
}
