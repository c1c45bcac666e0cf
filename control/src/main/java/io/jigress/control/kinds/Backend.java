package io.jigress.control.kinds;

import io.jigress.api.IpLiteral;
import io.jigress.api.Json;
import io.jigress.api.JsonReader;
import io.jigress.api.NearestName;
import io.jigress.config.Endpoint;
import io.jigress.config.EndpointRef;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// A Backend (`jigress.io/v1`): upstream endpoints without a Service.
///
/// ```yaml
/// apiVersion: jigress.io/v1
/// kind: Backend
/// metadata: {name: cart, namespace: shop}
/// spec:
///   protocol: http1          # the default; dubbo: only a DubboService may refer to it; tcp, udp: only TCPRoutes and TLSRoutes, or UDPRoutes
///   endpoints:               # or, instead: dns: {host: cart.example, port: 8080}
///     - {address: 10.0.0.1, port: 8080, weight: 1, zone: a, labels: {version: v1}}
///                            # or, instead: service: {registry: nacos, name: cart}
///   subset: {labels: {version: v2}, fallback: none}   # optional: only those; with fallback: all, all where none has the labels
///   tls: {hostname: cart.example, secretRef: {name: cart-tls}}   # optional: see EndpointTls
///   proxy: {host: proxy.example, port: 3128}                     # optional: see BackendProxy
/// ```
///
/// @param endpoints null when the object has no valid source of endpoints
/// @param service the service of a registry that has the endpoints; null for other kinds of endpoints
/// @param protocol the name of an upstream protocol
/// @param subset which of the endpoints; null for all
/// @param tls null for connections without TLS
public record Backend(@Nullable EndpointRef endpoints, @Nullable BackendService service, String protocol,
        @Nullable Subset subset, @Nullable EndpointTls tls) {

    /// @param labels that an endpoint must have; with an empty value, it must not have the label
    /// @param orAll whether all endpoints are used when none has them
    public record Subset(Map<String, String> labels, boolean orAll) {
        public Subset {
            labels = Map.copyOf(labels);
        }
    }

    /// Of a Backend that names none.
    public static final String DEFAULT_PROTOCOL = "http1";

    private static final List<String> PROTOCOLS = List.of(DEFAULT_PROTOCOL, "h2c", "dubbo", "tcp", "udp");
    /// `10.0.0.1:80`
    private static final Pattern JOINED = Pattern.compile("([^:]+):(\\d{1,5})");
    private static final String UNUSED = "the Backend is not used";
    private static final List<String> ORIGINS = List.of("endpoints", "dns", "service");

    public static Backend read(Document document) {
        JsonReader spec = document.spec();
        String protocol = spec.text("protocol", DEFAULT_PROTOCOL);
        boolean spoken = PROTOCOLS.contains(protocol);
        if (!spoken) {
            spec.error("protocol", "is \"" + protocol + "\"", "one of " + String.join(", ", PROTOCOLS));
        }
        EndpointRef endpoints = null;
        BackendService service = null;
        List<String> origins = ORIGINS.stream().filter(spec::has).toList();
        switch (origins.isEmpty() ? "" : origins.getFirst()) {
            case "endpoints" -> endpoints = new EndpointRef.Fixed(endpoints(document, spec));
            case "dns" -> endpoints = dns(document, spec.object("dns"));
            case "service" -> service = BackendService.read(document, spec);
            default -> spec.error("", "has none of endpoints, dns and service", "one of them");
        }
        origins.stream().skip(1)
                .forEach(second -> spec.error(second, "cannot be combined with " + origins.getFirst(), "one of the two"));
        int mark = document.mark();
        Subset subset = spec.has("subset") ? subset(spec.object("subset")) : null;
        if (subset != null && !document.failedSince(mark) && endpoints instanceof EndpointRef.Fixed(List<Endpoint> all)
                && !all.isEmpty()) {
            unmatched(spec, subset, all);
        }
        EndpointTls tls = EndpointTls.read(spec, protocol, endpoints instanceof EndpointRef.Dns dns ? dns.host() : "");
        endpoints = BackendProxy.apply(document, spec, protocol, endpoints);
        spec.ignore("endpoints", "dns", "service", "subset", "tls", "proxy");
        // Without them requests would be sent without TLS, or past the proxy.
        spec.finish(Map.of("tls", UNUSED, "proxy", UNUSED));
        boolean chosen = !document.failedSince(mark);
        boolean usable = spoken && chosen && origins.size() == 1;
        return new Backend(usable ? endpoints : null, usable ? service : null, protocol, subset, tls);
    }

    /// The port of the name that has its endpoints; 0 for other kinds of endpoints.
    public int dnsPort() {
        return switch (endpoints) {
            case EndpointRef.Dns(String _, int port) -> port;
            case EndpointRef.Proxied(EndpointRef _, List<Endpoint> targets) when targets.size() == 1
                    && IpLiteral.parse(targets.getFirst().address()) == null ->
                targets.getFirst().port();
            case null, default -> 0;
        };
    }

    private static final List<String> SUBSET_FIELDS = List.of("labels", "fallback");

    private static Subset subset(JsonReader subset) {
        int before = subset.issues().size();
        Map<String, String> labels = subset.textMap("labels");
        subset.ignore("fallback");
        List<String> others = subset.json().members().keySet().stream().filter(field -> !SUBSET_FIELDS.contains(field)).toList();
        if (!subset.has("labels") && others.size() == 1 && NearestName.of(others.getFirst(), SUBSET_FIELDS).isEmpty()
                && subset.any(others.getFirst()) instanceof Json.Str(String value)) {
            subset.error(others.getFirst(), "is not a known field", "labels: {" + others.getFirst() + ": " + value + "}");
        } else if (labels.isEmpty() && subset.issues().size() == before) {
            subset.error("labels", subset.has("labels") ? "is empty" : "is missing", "labels that an endpoint must have");
        }
        boolean orAll = subset.choice("fallback", false, word -> switch (word) {
            case "all" -> true;
            case "none" -> false;
            default -> null;
        }, "all or none");
        subset.finish();
        return new Subset(labels, orAll);
    }

    /// Labels that no endpoint of a fixed list has.
    private static void unmatched(JsonReader spec, Subset subset, List<Endpoint> all) {
        subset.labels.forEach((name, value) -> {
            if (all.stream().noneMatch(endpoint -> endpoint.labels().getOrDefault(name, "").equals(value))) {
                Set<String> names = new TreeSet<>();
                all.forEach(endpoint -> names.addAll(endpoint.labels().keySet()));
                spec.warning("subset.labels." + name, "is \"" + value + "\", which no endpoint has, so that "
                        + (subset.orAll ? "all are used" : "requests get 503") + NearestName.hint(name, names),
                        "a label of the endpoints");
            }
        });
    }

    static @Nullable EndpointRef dns(Document document, JsonReader dns) {
        int mark = document.mark();
        String host = HostPattern.read(dns, "host");
        if (host.startsWith("*") && !document.failedSince(mark)) {
            dns.error("host", dns.has("host") ? "is \"" + host + "\"" : "is missing", "a DNS name");
        }
        int port = (int) dns.requiredInteger("port", 1, 65535);
        dns.finish();
        return document.failedSince(mark) ? null : new EndpointRef.Dns(host, port);
    }

    static List<Endpoint> endpoints(Document document, JsonReader spec) {
        List<Endpoint> endpoints = new ArrayList<>();
        for (JsonReader item : spec.objects("endpoints")) {
            int mark = document.mark();
            String address = item.requiredText("address");
            Matcher joined = JOINED.matcher(address);
            boolean withPort = joined.matches() && IpLiteral.parse(joined.group(1)) != null;
            if (withPort) {
                item.error("address", "is \"" + address + "\", which contains the port",
                        "address: " + joined.group(1) + ", port: " + joined.group(2));
            } else if (!address.isEmpty() && IpLiteral.parse(address) == null) {
                item.error("address", "is \"" + address + "\"", "an IP address; a name belongs into spec.dns.host");
            }
            int port = withPort ? (int) item.integer("port", 1, 1, 65535) : (int) item.requiredInteger("port", 1, 65535);
            int weight = (int) item.integer("weight", 1, 0, 65535);
            Endpoint endpoint = new Endpoint(address, port, weight, item.text("zone", ""), item.textMap("labels"));
            item.finish();
            if (!document.failedSince(mark)) {
                endpoints.add(endpoint);
            }
        }
        return endpoints;
    }
}
