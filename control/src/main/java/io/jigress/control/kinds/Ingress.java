package io.jigress.control.kinds;

import io.jigress.api.JsonReader;
import io.jigress.config.PathMatch;
import io.jigress.control.Resource;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// An Ingress. Parsed at each translation, never kept.
///
/// @param className empty when it names no class
/// @param fallback the default backend, for requests that no rule of any Ingress matches
/// @param closed whether an unsupported annotation may protect it: nothing may pass
/// @param rpc the mapping for backends that are Dubbo providers; null for HTTP backends
/// @param tls which hosts are served over TLS too
/// @param protocol how connections to the backends are made
/// @param canary which requests to the same paths of another Ingress it gets; null if it is not a canary
public record Ingress(String className, @Nullable Backend fallback, List<Rule> rules, boolean closed, @Nullable Rpc rpc,
        List<Tls> tls, BackendProtocol protocol, @Nullable Canary canary) {
    /// The annotation that named the class before the field existed.
    private static final String CLASS_ANNOTATION = "kubernetes.io/ingress.class";

    /// @param host pattern, `*` for any
    public record Rule(String host, int index, List<Path> paths) {}

    /// @param hosts patterns; `*` alone for all hosts
    /// @param secret that has the certificate
    /// @param path of the item
    public record Tls(List<String> hosts, String secret, String path) {}

    /// @param name of an Http2Rpc
    /// @param path of the annotation that names it
    public record Rpc(String name, String path) {}

    public record Path(PathMatch match, int index, Backend backend) {}

    /// @param portName empty when the port is a number
    /// @param port 0 when the port is a name
    /// @param valid false when a field is invalid: requests are answered with an error
    /// @param destinations hosts of Higress's McpBridge, instead of a Service
    public record Backend(String service, String portName, int port, String path, boolean valid, List<Destination> destinations) {
        public Backend {
            destinations = List.copyOf(destinations);
        }
    }

    /// A line of the annotation `higress.io/destination`: `90% orders.DEFAULT-GROUP.public.nacos:8080 v1`.
    ///
    /// The port is ignored: instances have ports of their own.
    ///
    /// @param subset empty for all instances
    /// @param path of the annotation
    public record Destination(int weight, String host, String subset, String path) {}

    static final String DESTINATION = "higress.io/destination";

    private static final String PATH_LEFT_OUT = "the path is left out";
    private static final String RULE_LEFT_OUT = "the rule is left out";
    private static final List<String> PATH_TYPES = List.of("Exact", "Prefix", "ImplementationSpecific");

    /// Patterns that occur in paths meant as regular expressions. In a path of a literal type a single special character is not enough: OData
    /// has `/$metadata`.
    private static final Pattern REGEX = Pattern.compile("[(\\[{|^\\\\]|\\.[*+?]|\\$$");
    private static final Pattern ANY_REGEX = Pattern.compile("[(\\[{|^\\\\*+$]");

    public static Ingress read(Document document) {
        if (!document.resource().version().equals("v1")) {
            // The old version has another form of backends. The version itself is reported for all kinds.
            return new Ingress(document.annotation(CLASS_ANNOTATION), null, List.of(), false, null, List.of(),
                    BackendProtocol.OF_PORT, null);
        }
        JsonReader spec = document.spec();
        IngressAnnotations.Effect effect = IngressAnnotations.read(document);
        List<Destination> to = effect.destinations();
        String className = spec.text("ingressClassName", document.annotation(CLASS_ANNOTATION));
        Backend fallback = spec.has("defaultBackend") ? backend(document, spec.object("defaultBackend"), to) : null;
        List<Rule> rules = new ArrayList<>();
        List<JsonReader> items = spec.objects("rules");
        for (int i = 0; i < items.size(); i++) {
            JsonReader item = items.get(i);
            int mark = document.mark();
            String host = HostPattern.read(item, "host");
            boolean valid = !document.failedSince(mark) && !item.broken();
            if (!item.has("http") && item.has("paths")) {
                item.ignore("paths");
                item.error("paths", "is next to host and not in http, so that the rule is left out",
                        "http: {paths: [...]}");
                valid = false;
            }
            List<Path> paths = paths(document, item.object("http"), effect.regex(), fallback, to);
            valid &= item.finish(Map.of("host", RULE_LEFT_OUT, "http", RULE_LEFT_OUT)).isEmpty();
            if (paths.isEmpty() && fallback == null && !document.failedSince(mark) && !item.broken()) {
                item.error("http.paths", "is empty, and there is no defaultBackend", "at least one path");
            }
            if (valid) {
                rules.add(new Rule(host, i, paths));
            }
        }
        if (items.isEmpty() && fallback == null && !document.failedSince(0)) {
            spec.error("", "has neither rules nor defaultBackend", "at least one of the two");
        }
        List<Tls> tls = tls(document, spec);
        spec.ignore("defaultBackend");
        spec.finish();
        return effect.leftOut()
                ? new Ingress(className, null, List.of(), effect.closed(), null, List.of(), BackendProtocol.OF_PORT, null)
                : new Ingress(className, fallback, List.copyOf(rules), effect.closed(), effect.rpc(), tls,
                        effect.protocol(), effect.canary());
    }

    /// Whether an Ingress has `spec.tls`, found without parsing it completely.
    public static boolean mayHaveTls(Resource resource) {
        return new String(resource.json(), StandardCharsets.ISO_8859_1).contains("\"tls\"")
                && !read(Document.open(resource)).tls.isEmpty();
    }

    /// Whether an Ingress may be a canary, found without parsing it.
    public static boolean mayBeCanary(Resource resource) {
        return new String(resource.json(), StandardCharsets.ISO_8859_1).contains("/canary\"");
    }

    private static List<Tls> tls(Document document, JsonReader spec) {
        List<Tls> all = new ArrayList<>();
        for (JsonReader item : spec.objects("tls")) {
            int mark = document.mark();
            List<String> hosts = new ArrayList<>();
            for (String host : item.texts("hosts")) {
                String pattern = HostPattern.parse(host);
                if (pattern == null) {
                    HostPattern.wrong(item, "hosts", host);
                } else {
                    hosts.add(pattern);
                }
            }
            if (!item.has("secretName")) {
                item.error("secretName", "is missing, so that the hosts are not served over TLS",
                        "the name of a Secret of type " + TlsSecret.TYPE);
            }
            String secret = item.text("secretName", "");
            item.finishStrictly("the hosts are not served over TLS");
            if (!document.failedSince(mark) && !secret.isEmpty()) {
                all.add(new Tls(item.has("hosts") ? List.copyOf(hosts) : List.of(HostPattern.ANY), secret, item.path()));
            }
        }
        return List.copyOf(all);
    }

    private static List<Path> paths(Document document, JsonReader http, boolean regex, @Nullable Backend fallback,
            List<Destination> to) {
        List<Path> paths = new ArrayList<>();
        int before = document.mark();
        List<JsonReader> items = http.objects("paths");
        boolean wrong = http.broken() || document.failedSince(before);
        for (int i = 0; i < items.size(); i++) {
            JsonReader item = items.get(i);
            if (item.broken()) {
                continue;
            }
            int mark = document.mark();
            if (!item.has("pathType")) {
                item.warning("pathType", "is missing and taken as Prefix", "Exact, Prefix or ImplementationSpecific");
            }
            String type = item.text("pathType", "Prefix");
            String value = item.text("path", "/");
            boolean literal = !regex && !type.equals("ImplementationSpecific");
            if ((literal ? REGEX : ANY_REGEX).matcher(value).find()) {
                item.error("path",
                        "is \"" + value
                                + "\", which looks like a regular expression and would be taken literally, so that the path"
                                + " is left out",
                        "a literal path, or an HTTPRoute with path.type: RegularExpression");
            } else {
                HttpRoute.checkWildcards(item, "path", value);
            }
            PathMatch match = switch (type) {
                case "Exact" -> {
                    HttpRoute.requirePath(item, "path", value);
                    yield new PathMatch.Exact(value);
                }
                case "Prefix", "ImplementationSpecific" -> HttpRoute.prefix(item, "path", value);
                default -> {
                    item.unknown("pathType", type, PATH_TYPES);
                    yield PathMatch.ALL;
                }
            };
            boolean valid = !document.failedSince(mark);
            Backend backend = backend(document, item.object("backend"), to);
            int known = document.mark();
            if (item.has("path")) {
                item.finish(Map.of("pathType", PATH_LEFT_OUT));
            } else {
                // The unknown field may be a misspelt path; without it this entry would match the whole host.
                item.finishStrictly(PATH_LEFT_OUT);
            }
            if (valid && !document.failedSince(known)) {
                paths.add(new Path(match, i, backend));
            }
        }
        wrong |= !http.finish(Map.of("paths", RULE_LEFT_OUT)).isEmpty();
        // An Ingress rule without paths sends its whole host to the default backend.
        if (items.isEmpty() && fallback != null && !wrong) {
            paths.add(new Path(PathMatch.ALL, 0, fallback));
        }
        return List.copyOf(paths);
    }

    private static Backend backend(Document document, JsonReader item, List<Destination> to) {
        int mark = document.mark();
        if (item.has("serviceName") || item.has("servicePort")) {
            item.error(item.has("serviceName") ? "serviceName" : "servicePort", "is a field of an old version of Ingress",
                    "service: {name: ..., port: {number: ...}}");
            item.ignore("serviceName", "servicePort");
        } else if (item.any("resource") != null) {
            return resource(document, item, to);
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
        return new Backend(name, portName, number, service.path(), !document.failedSince(mark), List.of());
    }

    /// `resource: {apiGroup: networking.higress.io, kind: McpBridge, name: default}`: the annotation names the destinations.
    private static Backend resource(Document document, JsonReader item, List<Destination> to) {
        int mark = document.mark();
        JsonReader resource = item.object("resource");
        String group = resource.text("apiGroup", "");
        String kind = resource.text("kind", "");
        String name = resource.text("name", "");
        if (!group.equals(Kinds.HIGRESS) || !kind.equals("McpBridge") || !name.equals(McpBridge.NAME)) {
            item.error("resource", "is " + Kinds.show(group, kind) + (name.isEmpty() ? "" : " " + name),
                    "a service, or apiGroup: " + Kinds.HIGRESS + ", kind: McpBridge, name: " + McpBridge.NAME);
        } else if (to.isEmpty()) {
            item.error("resource", "is McpBridge " + name + ", and there is no annotation " + DESTINATION + " that can be read",
                    "the annotation, with a host of the McpBridge in each line");
        }
        resource.finish();
        item.finish();
        boolean valid = !document.failedSince(mark);
        return new Backend("", "", 0, resource.path(), valid, valid ? to : List.of());
    }
}
