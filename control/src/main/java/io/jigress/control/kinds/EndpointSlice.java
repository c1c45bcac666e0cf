package io.jigress.control.kinds;

import io.jigress.api.JsonReader;
import java.util.ArrayList;
import java.util.List;

/// An EndpointSlice: some of the endpoints of a Service.
///
/// @param service the name of the Service in the same namespace (label `kubernetes.io/service-name`), maybe empty
public record EndpointSlice(String service, List<Port> ports, List<Member> members) {

    /// @param name equals the name of the Service's port, maybe empty
    public record Port(String name, int port) {}

    /// One endpoint.
    ///
    /// @param addresses of the same host
    /// @param ready whether it takes new requests
    /// @param zone empty when not known
    public record Member(List<String> addresses, boolean ready, String zone) {}

    public static EndpointSlice read(Document document) {
        JsonReader root = document.root();
        String service = document.labels().getOrDefault("kubernetes.io/service-name", "");
        if (service.isEmpty()) {
            root.warning("metadata.labels", "has no kubernetes.io/service-name, so that no Service has these endpoints",
                    "the name of a Service");
        }
        root.text("addressType");
        List<Port> ports = new ArrayList<>();
        for (JsonReader port : root.objects("ports")) {
            int mark = document.mark();
            int number = (int) port.integer("port", 0, 1, 65535);
            String name = port.text("name", "");
            boolean tcp = port.text("protocol", "TCP").equals("TCP");
            port.ignore("appProtocol");
            port.finish();
            if (tcp && number > 0 && !document.failedSince(mark)) {
                ports.add(new Port(name, number));
            }
        }
        List<Member> members = new ArrayList<>();
        for (JsonReader item : root.objects("endpoints")) {
            int mark = document.mark();
            List<String> addresses = item.texts("addresses");
            for (String address : addresses) {
                if (!IpLiteral.valid(address)) {
                    item.error("addresses", "has \"" + address + "\"", "IP addresses");
                }
            }
            JsonReader conditions = item.object("conditions");
            Member member = new Member(List.copyOf(addresses), conditions.bool("ready", true), item.text("zone", ""));
            item.ignore("nodeName", "hostname", "targetRef", "hints", "deprecatedTopology");
            item.finish();
            if (!document.failedSince(mark)) {
                members.add(member);
            }
        }
        root.finish();
        return new EndpointSlice(service, List.copyOf(ports), List.copyOf(members));
    }
}
