package io.jigress.control.kinds;

import io.jigress.api.Json;
import io.jigress.api.JsonReader;
import io.jigress.control.ResourceKey;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// The `matchRules` of a [Plugin] or WasmPlugin: configurations that replace the default for some routes, hosts or services. The first that matches counts.
///
/// ```yaml
/// config: {query_per_second: 100}   # the default; without it, the filter does nothing for other requests
/// matchRules:
///   - route: [checkout]             # HTTPRoutes or GRPCRoutes, NAME or NAMESPACE/NAME
///     ingress: [legacy]
///     config: {query_per_second: 5}
///   - domain: [static.example.com, "*.img.example.com"]
///     configDisable: true           # nothing for these
///   - service: [cart, "cart:8080", orders.DEFAULT-GROUP.public.nacos]
///     backend: [files]
///     config: {query_per_second: 50}
/// ```
///
/// They become members of the filter's configuration, in the form that Higress gives to its plugins. Filters of the gateway know services by the names of their clusters.
final class MatchRules {
    static final String FIELD = "matchRules";
    private static final String RULES = "_rules_";
    private static final String ROUTES = "_match_route_";
    private static final String DOMAINS = "_match_domain_";
    private static final String SERVICES = "_match_service_";
    private static final String DISABLED = "_disabled_";
    private static final String SERVICE = "service";
    private static final Pattern CLUSTER_LOCAL = Pattern
            .compile("([a-z0-9-]+)\\.([a-z0-9-]+)\\.svc(?:\\.cluster\\.local)?(?::([0-9]+))?");
    private static final Pattern NAMED = Pattern.compile("(?:([a-z0-9-]+)/)?([a-z0-9-]+)(?::([0-9]+))?");
    private static final Pattern HOST = Pattern.compile("([^\\s/:]+\\.[^\\s/:]+)(?::[0-9]+)?");

    private MatchRules() {}

    /// Who wrote the rules, and who reads them.
    enum Form {
        /// A Plugin: a rule that is disabled ends the search.
        PLUGIN(List.of("route", "ingress", "domain", SERVICE, "backend")),
        /// A WasmPlugin that stands for a filter of the gateway: a rule that is disabled is left out.
        WASM_PLUGIN(List.of("ingress", "domain", SERVICE)),
        /// A WasmPlugin with a module, which compares the names of services itself.
        MODULE(WASM_PLUGIN.fields);

        private final List<String> fields;

        Form(List<String> fields) {
            this.fields = fields;
        }
    }

    /// The configuration of the filter.
    ///
    /// @param defaults an object; empty for none
    /// @param always whether the filter does nothing for other requests when there are neither defaults nor rules
    static Json into(Document document, JsonReader spec, Json.Obj defaults, Form form, boolean always) {
        List<Json> rules = new ArrayList<>();
        for (JsonReader rule : spec.objects(FIELD)) {
            rule(document, rule, form, rules);
        }
        if (rules.isEmpty() && !always) {
            return defaults;
        }
        Map<String, Json> all = new LinkedHashMap<>(defaults.members());
        all.put(RULES, Json.array(rules));
        return new Json.Obj(all);
    }

    private static void rule(Document document, JsonReader rule, Form form, List<Json> rules) {
        List<Json> routes = new ArrayList<>();
        for (String field : List.of("route", "ingress")) {
            if (form.fields.contains(field)) {
                rule.texts(field).forEach(
                        name -> routes.add(Json.of(name.contains("/") ? name : document.namespace() + "/" + name)));
            }
        }
        List<Json> domains = rule.texts("domain").stream().map(Json::of).toList();
        List<Json> services = services(document, rule, form);
        boolean off = rule.bool("configDisable", false);
        Json.Obj config = rule.any("config") instanceof Json.Obj object ? object : Json.Obj.EMPTY;
        if (!off) {
            rule.object("config");
        }
        if (form != Form.PLUGIN) {
            rule.ignore("routeType");
        }
        rule.finishStrictly(form == Form.PLUGIN ? "the Plugin is not valid" : "the plugin is not valid");
        if (routes.isEmpty() && domains.isEmpty() && services.isEmpty()) {
            rule.error("", "matches no request", "at least one of " + String.join(", ", form.fields));
        }
        if (off && form != Form.PLUGIN) {
            return;
        }
        Map<String, Json> members = new LinkedHashMap<>(off ? Map.of() : config.members());
        members.put(ROUTES, Json.array(routes));
        members.put(DOMAINS, Json.array(domains));
        if (!services.isEmpty()) {
            members.put(SERVICES, Json.array(services));
        }
        if (off) {
            members.put(DISABLED, Json.of(true));
        }
        rules.add(new Json.Obj(members));
    }

    private static List<Json> services(Document document, JsonReader rule, Form form) {
        List<Json> services = new ArrayList<>();
        List<String> written = rule.texts(SERVICE);
        for (int i = 0; i < written.size(); i++) {
            services.add(Json.of(
                    form == Form.MODULE
                            ? host(document, written.get(i))
                            : cluster(document, rule, SERVICE + "[" + i + "]", written.get(i))));
        }
        if (form == Form.PLUGIN) {
            rule.texts("backend").forEach(name -> services.add(Json.of("backend/" + path(document, "Backend", name))));
        }
        return services;
    }

    /// The name of a service as modules compare it with the property `cluster_name`: with a port for a Service only, since instances of a service of a registry
    /// may have any.
    private static String host(Document document, String written) {
        Matcher name = CLUSTER_LOCAL.matcher(written);
        boolean local = name.matches();
        if (!local) {
            name = NAMED.matcher(written);
            if (!name.matches()) {
                Matcher host = HOST.matcher(written);
                return host.matches() ? host.group(1) : written;
            }
        }
        String service = local ? name.group(1) : name.group(2);
        String namespace = local ? name.group(2) : name.group(1) == null ? document.namespace() : name.group(1);
        return service + "." + namespace + ".svc.cluster.local" + (name.group(3) == null ? "" : ":" + name.group(3));
    }

    /// How the name of the service's clusters begins.
    private static String cluster(Document document, JsonReader rule, String field, String written) {
        Matcher name = CLUSTER_LOCAL.matcher(written);
        if (name.matches()) {
            return service(document, name.group(2) + "/" + name.group(1), name.group(3));
        }
        name = NAMED.matcher(written);
        if (name.matches()) {
            return service(document, name.group(1) == null ? name.group(2) : name.group(1) + "/" + name.group(2), name.group(3));
        }
        name = HOST.matcher(written);
        if (name.matches()) {
            return "host/" + name.group(1);
        }
        rule.error(field, "is \"" + written + "\"",
                "a Service as NAME, NAME:PORT, NAMESPACE/NAME or NAME.NAMESPACE.svc.cluster.local, or the host of a service of a registry");
        return written;
    }

    private static String service(Document document, String name, String port) {
        return "service/" + path(document, "Service", name) + (port == null ? "" : "/" + port);
    }

    private static String path(Document document, String kind, String name) {
        int slash = name.indexOf('/');
        ResourceKey key = document.reference("", kind, slash < 0 ? document.namespace() : name.substring(0, slash),
                name.substring(slash + 1));
        return key.path();
    }
}
