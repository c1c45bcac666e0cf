package io.jigress.control;

import io.jigress.api.Json;
import io.jigress.api.JsonReader;
import io.jigress.config.Endpoint;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Works out the endpoints of one Service port from the Service and its EndpointSlices, as kube-proxy does
/// (https://kubernetes.io/docs/concepts/services-networking/endpoint-slices/). What cannot be read is left out.
final class ServiceEndpoints {

    /// @param target the number to use where a slice does not say one; 0 when the Service names its target port
    private record ServicePort(String name, long number, int target) {}

    private ServiceEndpoints() {}

    static @Nullable String label(Resource resource, String label) {
        return read(resource).object("metadata").object("labels").text(label);
    }

    /// @param port the number or the name of a port of the Service
    static List<Endpoint> of(Resource service, Collection<Resource> slices, String port) {
        JsonReader spec = read(service).object("spec");
        List<ServicePort> ports = new ArrayList<>();
        spec.objects("ports").forEach(p -> ports.add(port(p)));
        ServicePort wanted = find(ports, port);
        if (wanted == null) {
            return List.of();
        }
        // The same pods stand in a slice of each family: only the Service's first family counts.
        List<String> families = spec.texts("ipFamilies");
        List<JsonReader> usable = slices.stream().map(ServiceEndpoints::read)
                .filter(s -> !s.text("addressType", "IPv4").equals("FQDN")).toList();
        List<JsonReader> preferred = families.isEmpty()
                ? usable
                : usable.stream().filter(s -> s.text("addressType", "IPv4").equals(families.getFirst())).toList();
        List<JsonReader> chosen = preferred.isEmpty() ? usable : preferred;

        Set<Endpoint> ready = new LinkedHashSet<>();
        Set<Endpoint> leaving = new LinkedHashSet<>();
        for (JsonReader slice : chosen) {
            int number = sliceNumber(slice.objects("ports"), wanted, ports.size() == 1);
            if (number > 0) {
                collect(slice, number, ready, leaving);
            }
        }
        return List.copyOf(ready.isEmpty() ? leaving : ready);
    }

    private static ServicePort port(JsonReader port) {
        long number = port.integer("port", 0, 1, 65_535);
        boolean named = port.any("targetPort") instanceof Json.Str text && number(text.value()) == 0;
        long target = named ? 0 : port.any("targetPort") instanceof Json.Str text ? number(text.value())
                : port.integer("targetPort", number, 1, 65_535);
        return new ServicePort(port.text("name", ""), number, (int) target);
    }

    private static @Nullable ServicePort find(List<ServicePort> ports, String wanted) {
        int number = number(wanted);
        for (ServicePort port : ports) {
            if (number > 0 ? port.number == number : port.name.equals(wanted)) {
                return port;
            }
        }
        return null;
    }

    /// The number that a slice gives the Service's port, found by name; 0 when it does not have that port. Without any port in the slice, or
    /// without a number, the Service's own target holds. A slice written by hand may leave out the name of its only port.
    private static int sliceNumber(List<JsonReader> slicePorts, ServicePort wanted, boolean only) {
        if (slicePorts.isEmpty()) {
            return wanted.target;
        }
        for (JsonReader port : slicePorts) {
            String name = port.text("name", "");
            if (name.equals(wanted.name) || (name.isEmpty() && only && slicePorts.size() == 1)) {
                return (int) port.integer("port", wanted.target, 1, 65_535);
            }
        }
        return 0;
    }

    private static void collect(JsonReader slice, int port, Set<Endpoint> ready, Set<Endpoint> leaving) {
        for (JsonReader endpoint : slice.objects("endpoints")) {
            JsonReader conditions = endpoint.object("conditions");
            boolean isReady = conditions.bool("ready", true);
            // When all are on their way out, those that still serve are better than none.
            boolean isLeaving = conditions.bool("terminating", false) && conditions.bool("serving", isReady);
            if (isReady || isLeaving) {
                String zone = endpoint.text("zone", "");
                for (String address : endpoint.texts("addresses")) {
                    (isReady ? ready : leaving).add(new Endpoint(address, port, 1, zone, Map.of()));
                }
            }
        }
    }

    /// The port number that a text is, or 0.
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
