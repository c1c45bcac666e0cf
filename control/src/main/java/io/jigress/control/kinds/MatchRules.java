package io.jigress.control.kinds;

import io.jigress.api.Json;
import io.jigress.api.JsonReader;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// The `matchRules` of a [Plugin]: configurations that replace the default for some routes or hosts. The first that matches counts.
///
/// ```yaml
/// config: {query_per_second: 100}   # the default; without it, the filter does nothing for other requests
/// matchRules:
///   - route: [checkout]             # HTTPRoutes or GRPCRoutes, NAME or NAMESPACE/NAME
///     ingress: [legacy]
///     config: {query_per_second: 5}
///   - domain: [static.example.com, "*.img.example.com"]
///     configDisable: true           # nothing for these
/// ```
///
/// They become members of the filter's configuration, in the form that Higress gives to its plugins.
final class MatchRules {
    static final String FIELD = "matchRules";
    static final String RULES = "_rules_";
    static final String ROUTES = "_match_route_";
    static final String DOMAINS = "_match_domain_";

    private MatchRules() {}

    /// The configuration of the filter.
    ///
    /// @param defaults an object; empty for none
    /// @param namespace of routes that are named without one
    static Json into(JsonReader spec, Json.Obj defaults, String namespace) {
        List<Json> rules = new ArrayList<>();
        for (JsonReader rule : spec.objects(FIELD)) {
            List<Json> routes = new ArrayList<>();
            for (String field : List.of("route", "ingress")) {
                rule.texts(field).forEach(name -> routes.add(Json.of(name.contains("/") ? name : namespace + "/" + name)));
            }
            List<Json> domains = rule.texts("domain").stream().map(Json::of).map(Json.class::cast).toList();
            boolean off = rule.bool("configDisable", false);
            Json.Obj config = rule.any("config") instanceof Json.Obj object ? object : Json.Obj.EMPTY;
            if (!off) {
                rule.object("config");
            }
            rule.finishStrictly("the Plugin is not valid");
            if (routes.isEmpty() && domains.isEmpty()) {
                rule.error("", "matches no request", "at least one of route, ingress, domain");
            }
            Map<String, Json> members = new LinkedHashMap<>(off ? Map.of() : config.members());
            members.put(ROUTES, Json.array(routes));
            members.put(DOMAINS, Json.array(domains));
            if (off) {
                members.put("_disabled_", Json.of(true));
            }
            rules.add(new Json.Obj(members));
        }
        Map<String, Json> all = new LinkedHashMap<>(defaults.members());
        all.put(RULES, Json.array(rules));
        return new Json.Obj(all);
    }
}
