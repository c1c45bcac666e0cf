package io.jigress.control;

import io.jigress.api.Json;
import io.jigress.api.JsonReader;
import io.jigress.config.Endpoint;
import io.jigress.control.kinds.Document;
import io.jigress.control.kinds.EndpointSlice;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Computes the endpoints of one Service port from the Service and its EndpointSlices, as kube-proxy does
/// (https://kubernetes.io/docs/concepts/services-networking/endpoint-slices/). Invalid entries are left out.
public final class ServiceEndpoints {

    /// @param target the port number for slices without one; 0 when the Service names its target port
    private record ServicePort(String name, long number, int target, String protocol) {
        boolean udp() {
            return protocol.equals("UDP");
        }

        boolean isRouted() { return udp() || protocol.equals("TCP"); }
    }

    private ServiceEndpoints() {}

    static @Nullable String label(Resource resource, String label) {
        return read(resource).object("metadata").object("labels").text(label);
    }

    /// @param port the number or the name of a port of the Service; with [ServiceName#UDP] one of protocol UDP
    static List<Endpoint> of(Resource service, Collection<Resource> slices, String port) {
        JsonReader spec = read(service).object("spec");
        List<ServicePort> ports = new ArrayList<>();
        spec.objects("ports").forEach(p -> ports.add(port(p)));
        ServicePort wanted = find(ports, port);
        if (wanted == null) {
            return List.of();
        }
        // There is a slice of each address family for the same pods: only the Service's first family is used.
        List<String> families = spec.texts("ipFamilies");
        List<EndpointSlice> usable = slices.stream().map(slice -> EndpointSlice.read(Document.open(slice))).toList();
        List<EndpointSlice> preferred = families.isEmpty()
                ? usable
                : usable.stream().filter(slice -> slice.family().equals(families.getFirst())).toList();
        List<EndpointSlice> chosen = preferred.isEmpty() ? usable : preferred;

        Set<Endpoint> ready = new LinkedHashSet<>();
        Set<Endpoint> leaving = new LinkedHashSet<>();
        for (EndpointSlice slice : chosen) {
            int number = sliceNumber(slice, wanted, isOnly(wanted, ports));
            if (number > 0) {
                collect(slice, number, ready, leaving);
            }
        }
        // When all endpoints terminate, those that still serve are used.
        return List.copyOf(ready.isEmpty() ? leaving : ready);
    }

    /// The ports of a Service for which a slice has no number, by name or else by number: the slice's endpoints get no requests there.
    public static List<String> portsWithout(Resource service, EndpointSlice slice) {
        List<ServicePort> ports = new ArrayList<>();
        read(service).object("spec").objects("ports").forEach(p -> ports.add(port(p)));
        return ports.stream().filter(port -> port.isRouted() && sliceNumber(slice, port, isOnly(port, ports)) == 0)
                .map(port -> port.name.isEmpty() ? Long.toString(port.number) : port.name).toList();
    }

    /// Whether a Service has no other port of the same protocol.
    private static boolean isOnly(ServicePort port, List<ServicePort> ports) {
        return ports.stream().filter(other -> other.udp() == port.udp()).count() == 1;
    }

    private static ServicePort port(JsonReader port) {
        long number = port.integer("port", 0, 1, 65_535);
        boolean named = port.any("targetPort") instanceof Json.Str text && number(text.value()) == 0;
        long target = named ? 0 : port.any("targetPort") instanceof Json.Str text ? number(text.value())
                : port.integer("targetPort", number, 1, 65_535);
        return new ServicePort(port.text("name", ""), number, (int) target, port.text("protocol", "TCP"));
    }

    private static @Nullable ServicePort find(List<ServicePort> ports, String text) {
        boolean udp = text.endsWith(ServiceName.UDP);
        String wanted = udp ? text.substring(0, text.length() - ServiceName.UDP.length()) : text;
        int number = number(wanted);
        for (ServicePort port : ports) {
            if (port.udp() == udp && (number > 0 ? port.number == number : port.name.equals(wanted))) {
                return port;
            }
        }
        return null;
    }

    /// The number of the Service's port in a slice, found by name; 0 when the slice does not have that port. Without ports in the slice, or
    /// without a number, the Service's target port is used. Slices written by hand may omit names: a slice's only port belongs to a Service's
    /// only port, and a port without a name to the Service port of the same number.
    private static int sliceNumber(EndpointSlice slice, ServicePort wanted, boolean only) {
        if (slice.portless()) {
            return wanted.target;
        }
        List<EndpointSlice.Port> ports = slice.ports().stream().filter(port -> port.udp() == wanted.udp()).toList();
        for (EndpointSlice.Port port : ports) {
            boolean alone = only && ports.size() == 1 && (port.name().isEmpty() || wanted.name.isEmpty());
            if (port.name().equals(wanted.name) || alone
                    || (port.name().isEmpty() && port.port() > 0 && port.port() == wanted.target)) {
                return port.port() > 0 ? port.port() : wanted.target;
            }
        }
        return 0;
    }

    private static void collect(EndpointSlice slice, int port, Set<Endpoint> ready, Set<Endpoint> leaving) {
        for (EndpointSlice.Member member : slice.members()) {
            if (member.ready() || member.leaving()) {
                for (String address : member.addresses()) {
                    (member.ready() ? ready : leaving).add(new Endpoint(address, port, 1, member.zone(), Map.of()));
                }
            }
        }
    }

    /// The port number in a text, or 0.
    private static int number(String text) {
        if (text.isEmpty() || text.length() > 5 || !text.chars().allMatch(c -> c >= '0' && c <= '9')) {
            return 0;
        }
        return Integer.parseInt(text);
    }

    private static JsonReader read(Resource resource) {
        return switch (JsonParser.parse(resource.json())) {
            case JsonParser.Result.Parsed(Json json) -> JsonReader.of("", json);
            case JsonParser.Result.Broken _ -> JsonReader.of("", Json.Obj.EMPTY);
        };
    }
}
