package io.jigress.control.kinds;

import io.jigress.api.JsonReader;
import io.jigress.control.ResourceKey;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// The spec of a TCPRoute, UDPRoute or TLSRoute. Parsed at each translation, never kept.
///
/// @param hosts patterns in lower case; empty: those of the listeners. For a TLSRoute only
/// @param badHosts whether an invalid host was left out
/// @param rule the first rule; others have no effect
public record StreamRouteSpec(RouteKind kind, List<ParentRef> parents, List<String> hosts, boolean badHosts, Rule rule) {

    /// @param name empty when it has none
    /// @param backends in their order; empty when connections are closed
    /// @param valid whether it has no field that would restrict it and has no effect
    public record Rule(String name, List<BackendRef> backends, boolean valid) {
        static final Rule NONE = new Rule("", List.of(), true);
    }

    /// @param port 0 when the reference names none
    /// @param valid false when a field is invalid: its share of connections is closed
    public record BackendRef(ResourceKey key, int port, int weight, String path, boolean valid) {}

    public static StreamRouteSpec read(Document document, RouteKind kind) {
        JsonReader spec = document.spec();
        List<ParentRef> parents = ParentRef.read(document, spec);
        boolean refs = !parents.isEmpty() || document.failedSince(0);
        int mark = document.mark();
        List<String> hosts = kind == RouteKind.TLS ? HttpRoute.hosts(spec) : List.of();
        if (kind != RouteKind.TLS && spec.has("hostnames")) {
            spec.ignore("hostnames");
            spec.error("hostnames", "is set on a " + kind.text() + ", whose " + flows(kind)
                    + " have no host name, so that the route serves nothing",
                    kind == RouteKind.TCP ? "a TLSRoute, whose connections have a server name (SNI)" : "no hostnames");
        }
        boolean badHosts = document.failedSince(mark);
        Rule rule = rules(document, spec, kind);
        if (spec.any("useDefaultGateways") != null) {
            spec.warning("useDefaultGateways", "has no effect yet", "nothing");
        }
        Set<String> misspelled = spec.finish(Map.of("hostnames", "the route serves no host", "rules", "the route has no rules",
                "parentRefs", "the route serves nothing"));
        if (!refs && !misspelled.contains("parentRefs")) {
            spec.warning("parentRefs", "names no Gateway, so that the route serves nothing", "a Gateway");
        }
        if (misspelled.contains("hostnames")) {
            hosts = List.of();
            badHosts = true;
        } else if (kind == RouteKind.TLS && hosts.isEmpty() && !badHosts && document.root().has("spec")) {
            spec.warning("hostnames", (spec.has("hostnames") ? "is empty" : "is missing")
                    + ", so that the route takes every server name of its listeners",
                    "the server names (SNI) of the route, which Gateway API requires");
        }
        return new StreamRouteSpec(kind, parents, hosts, badHosts, rule);
    }

    /// What is closed or dropped where a route has no backend.
    static String flows(RouteKind kind) {
        return kind == RouteKind.UDP ? "datagrams" : "connections";
    }

    /// The consequence of a missing backend.
    public static String failure(RouteKind kind) {
        return kind == RouteKind.UDP ? "datagrams are dropped" : "connections are closed";
    }

    private static Rule rules(Document document, JsonReader spec, RouteKind kind) {
        List<JsonReader> items = spec.objects("rules");
        if (items.isEmpty()) {
            if (document.root().has("spec") && !document.failedSince(0)) {
                spec.warning("rules", (spec.has("rules") ? "is empty" : "is missing") + ", so that " + failure(kind),
                        "one rule with backendRefs");
            }
            return Rule.NONE;
        }
        Rule first = rule(document, items.getFirst(), kind);
        for (JsonReader other : items.subList(1, items.size())) {
            other.ignore(other.json().members().keySet().toArray(String[]::new));
            other.error("", "is a further rule, which has no effect: a " + kind.text() + " has one", "one rule");
        }
        return first;
    }

    private static Rule rule(Document document, JsonReader item, RouteKind kind) {
        String name = item.text("name", "");
        List<BackendRef> backends = new ArrayList<>();
        int mark = document.mark();
        for (JsonReader backend : item.objects("backendRefs")) {
            backends.add(backend(document, backend));
        }
        if (!document.failedSince(mark) && backends.stream().allMatch(backend -> backend.weight() == 0)) {
            item.warning("backendRefs",
                    (backends.isEmpty() ? "is empty" : "has no weight above 0") + ", so that " + failure(kind),
                    "a backend");
        }
        boolean foreign = false;
        for (String field : List.of("matches", "filters")) {
            if (item.has(field)) {
                item.ignore(field);
                item.error(field, "is a field of an HTTPRoute, so that " + failure(kind), "backendRefs only");
                foreign = true;
            }
        }
        item.finish(Map.of("backendRefs", failure(kind)));
        return new Rule(name, foreign ? List.of() : List.copyOf(backends), !foreign);
    }

    private static BackendRef backend(Document document, JsonReader item) {
        int mark = document.mark();
        ResourceKey key = HttpRoute.target(document, item);
        int port = (int) item.integer("port", 0, 1, 65535);
        boolean valid = !document.failedSince(mark);
        // An invalid weight gets no connections.
        int weight = (int) item.integer("weight", item.has("weight") ? 0 : 1, 0, 1_000_000);
        item.finish();
        return new BackendRef(key, port, weight, item.path(), valid);
    }
}
