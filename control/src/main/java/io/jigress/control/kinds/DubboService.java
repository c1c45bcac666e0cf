package io.jigress.control.kinds;

import io.jigress.api.Json;
import io.jigress.api.JsonReader;
import io.jigress.config.EndpointRef;
import io.jigress.control.RegistryService;
import io.jigress.control.ResourceKey;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// A DubboService (`jigress.io/v1`): which HTTP requests become which calls of a Dubbo service, and where its providers are.
///
/// ```yaml
/// apiVersion: jigress.io/v1
/// kind: DubboService
/// metadata: {name: orders, namespace: shop}
/// spec:
///   service: com.acme.OrderService
///   version: 1.0.0
///   group: shop
///   protocol: dubbo                                 # the default; tri: Triple, over HTTP/2
///   registry: {name: zookeeper}                     # or endpoints: [{address, port}]
///                                                   # or dns: {host, port}
///                                                   # or backendRef: a Service, or a Backend with protocol: dubbo (tri: h2c)
///   connection: {heartbeat: 30s}                    # optional
///   methods:
///     - {method: find, path: "/orders/{id}", httpMethod: GET, parameters: [{from: path, name: id, type: long}]}
/// ```
///
/// The fields of the mapping are read by [RpcSyntax]. An error in one of `methods` makes that method unusable; any other error makes the
/// object invalid.
///
/// @param origin null when the object has no valid source of providers
/// @param triple whether the providers speak Triple, else Dubbo 2
/// @param connection the connection settings; `{}` for the defaults
/// @param valid false when an error is not limited to a method
public record DubboService(@Nullable Origin origin, boolean triple, Json connection, boolean valid) {
    /// The value of `protocol` for Triple, which registries use too.
    public static final String TRIPLE = "tri";
    private static final List<String> ORIGINS = List.of("registry", "endpoints", "dns", "backendRef");

    /// The source of providers.
    public sealed interface Origin {
    }

    public record Fixed(EndpointRef endpoints) implements Origin {
    }

    /// @param target a Service or a Backend
    /// @param port 0 when the reference names none
    public record Reference(ResourceKey target, int port) implements Origin {
    }

    /// @param registry a Registry
    /// @param service the interface, with the parameters that identify it
    public record Registered(ResourceKey registry, RegistryService service) implements Origin {
    }

    public static DubboService read(Document document, RpcSyntax syntax) {
        JsonReader spec = document.spec();
        Origin origin = origin(document, spec);
        JsonReader connection = spec.object("connection");
        syntax.connection(connection);
        spec.ignore("registry", "endpoints", "dns", "backendRef");
        // Providers may publish types although the reference to the registry has an error.
        syntax.mapping(spec, spec.has("registry"));
        boolean valid = origin != null && document.root().issues().stream()
                .noneMatch(issue -> issue.error() && !issue.path().startsWith("spec.methods["));
        return new DubboService(origin, triple(spec), connection.json(), valid);
    }

    private static @Nullable Origin origin(Document document, JsonReader spec) {
        List<String> origins = ORIGINS.stream().filter(spec::has).toList();
        origins.stream().skip(1)
                .forEach(second -> spec.error(second, "cannot be combined with " + origins.getFirst(), "one of the two"));
        if (origins.size() > 1) {
            return null;
        }
        return switch (origins.isEmpty() ? "" : origins.getFirst()) {
            case "registry" -> registered(document, spec, spec.object("registry"));
            case "endpoints" -> new Fixed(new EndpointRef.Fixed(Backend.endpoints(document, spec)));
            case "dns" -> {
                EndpointRef dns = Backend.dns(document, spec.object("dns"));
                yield dns == null ? null : new Fixed(dns);
            }
            case "backendRef" -> reference(document, spec.object("backendRef"));
            default -> {
                if (spec.has("url")) {
                    spec.ignore("url");
                    spec.error("url", "is not a known field", "endpoints: [{address: 127.0.0.1, port: 20880}]");
                    yield null;
                }
                spec.error("", "has none of registry, endpoints, dns and backendRef", "one of them");
                yield null;
            }
        };
    }

    private static @Nullable Origin registered(Document document, JsonReader spec, JsonReader in) {
        int mark = document.mark();
        ResourceKey registry = document.reference(Kinds.JIGRESS, "Registry", in.text("namespace", document.namespace()),
                in.requiredText("name"));
        Map<String, String> parameters = new TreeMap<>(Map.of("dubbo", "interface"));
        put(parameters, "nacosGroup", in.text("nacosGroup", ""));
        put(parameters, "applications", String.join(",", in.texts("applications").stream().distinct().sorted().toList()));
        put(parameters, "group", text(spec, "group"));
        put(parameters, "version", text(spec, "version"));
        put(parameters, "protocol", triple(spec) ? TRIPLE : "");
        in.finish();
        String service = text(spec, "service");
        return document.failedSince(mark) || service.isEmpty()
                ? null
                : new Registered(registry, RegistryService.of(registry, service, parameters));
    }

    private static void put(Map<String, String> parameters, String name, String value) {
        if (!value.isEmpty()) {
            parameters.put(name, value);
        }
    }

    private static boolean triple(JsonReader spec) {
        return text(spec, "protocol").equals(TRIPLE);
    }

    /// A field whose errors are reported by the reader of the mapping.
    private static String text(JsonReader spec, String field) {
        return spec.json().members().get(field) instanceof Json.Str(String value) ? value : "";
    }

    private static @Nullable Origin reference(Document document, JsonReader in) {
        int mark = document.mark();
        String kind = in.text("kind", "Service");
        String group = in.text("group", kind.equals("Backend") ? Kinds.JIGRESS : Kinds.CORE);
        ResourceKey target = document.reference(group, kind, in.text("namespace", document.namespace()), in.requiredText("name"));
        int port = (int) in.integer("port", 0, 1, 65535);
        in.finish();
        return document.failedSince(mark) ? null : new Reference(target, port);
    }
}
