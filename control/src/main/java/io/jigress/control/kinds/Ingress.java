package io.jigress.control.kinds;

import io.jigress.api.JsonReader;
import io.jigress.config.PathMatch;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// An Ingress. Read anew at each translation of it, never kept.
///
/// @param className empty when it names no class
/// @param fallback takes what no rule of any Ingress takes
public record Ingress(String className, @Nullable Backend fallback, List<Rule> rules) {
    /// How a class was named before there was a field for it.
    private static final String CLASS_ANNOTATION = "kubernetes.io/ingress.class";

    /// @param host pattern, `*` for any
    public record Rule(String host, int index, List<Path> paths) {}

    public record Path(PathMatch match, int index, Backend backend) {}

    /// @param portName empty when the port is a number
    /// @param port 0 when the port is a name
    /// @param valid false when a field is wrong: requests are answered with an error
    public record Backend(String service, String portName, int port, String path, boolean valid) {}

    /// Annotations by which other controllers are told what to do: whoever brings them along must hear that nobody listens.
    private static final List<String> FOR_CONTROLLERS = List.of("nginx.ingress.kubernetes.io/", "higress.io/");

    public static Ingress read(Document document) {
        JsonReader spec = document.spec();
        String className = spec.text("ingressClassName", document.annotation(CLASS_ANNOTATION));
        Backend fallback = spec.has("defaultBackend") ? backend(document, spec.object("defaultBackend")) : null;
        List<Rule> rules = new ArrayList<>();
        List<JsonReader> items = spec.objects("rules");
        for (int i = 0; i < items.size(); i++) {
            JsonReader item = items.get(i);
            int mark = document.mark();
            String host = HostPattern.read(item, "host");
            boolean valid = !document.failedSince(mark);
            List<Path> paths = paths(document, item.object("http"), fallback);
            if (paths.isEmpty() && fallback == null && !document.failedSince(mark)) {
                item.error("http.paths", "names nothing, and there is no defaultBackend", "at least one path");
            }
            item.finish();
            if (valid) {
                rules.add(new Rule(host, i, paths));
            }
        }
        if (items.isEmpty() && fallback == null && !document.failedSince(0)) {
            spec.error("", "has neither rules nor defaultBackend", "at least one of the two");
        }
        if (spec.any("tls") != null) {
            spec.warning("tls", "has no effect yet", "nothing: TLS is not supported yet");
        }
        spec.ignore("defaultBackend");
        spec.finish();
        document.annotations().stream().filter(name -> FOR_CONTROLLERS.stream().anyMatch(name::startsWith))
                .forEach(name -> document.root().warning("metadata.annotations." + name, "has no effect",
                        "a Plugin or a TrafficPolicy that names this Ingress, or an HTTPRoute"));
        return new Ingress(className, fallback, List.copyOf(rules));
    }

    private static List<Path> paths(Document document, JsonReader http, @Nullable Backend fallback) {
        List<Path> paths = new ArrayList<>();
        List<JsonReader> items = http.objects("paths");
        for (int i = 0; i < items.size(); i++) {
            JsonReader item = items.get(i);
            int mark = document.mark();
            if (!item.has("pathType")) {
                item.warning("pathType", "is missing and taken as Prefix", "Exact, Prefix or ImplementationSpecific");
            }
            String type = item.text("pathType", "Prefix");
            String value = item.text("path", "/");
            PathMatch match = switch (type) {
                case "Exact" -> {
                    HttpRoute.requirePath(item, "path", value);
                    yield new PathMatch.Exact(value);
                }
                case "Prefix", "ImplementationSpecific" -> HttpRoute.prefix(item, "path", value);
                default -> {
                    item.error("pathType", "is \"" + type + "\"", "Exact, Prefix or ImplementationSpecific");
                    yield PathMatch.ALL;
                }
            };
            boolean valid = !document.failedSince(mark);
            Backend backend = backend(document, item.object("backend"));
            item.finish();
            if (valid) {
                paths.add(new Path(match, i, backend));
            }
        }
        http.finish();
        // An Ingress rule without paths sends its whole host to the default backend.
        if (items.isEmpty() && fallback != null) {
            paths.add(new Path(PathMatch.ALL, 0, fallback));
        }
        return List.copyOf(paths);
    }

    private static Backend backend(Document document, JsonReader item) {
        int mark = document.mark();
        if (item.any("resource") != null) {
            item.error("resource", "is not supported", "service");
        } else if (!item.has("service")) {
            item.error("service", "is missing", "a Service with its port");
        }
        JsonReader service = item.object("service");
        String name = item.has("service") ? service.requiredText("name") : "";
        JsonReader port = service.object("port");
        String portName = port.text("name", "");
        int number = (int) port.integer("number", 0, 1, 65535);
        if (item.has("service") && portName.isEmpty() == (number == 0) && !document.failedSince(mark)) {
            service.error("port", portName.isEmpty() ? "has neither name nor number" : "has both name and number",
                    "one of the two");
        }
        port.finish();
        service.finish();
        item.finish();
        return new Backend(name, portName, number, service.path(), !document.failedSince(mark));
    }
}
