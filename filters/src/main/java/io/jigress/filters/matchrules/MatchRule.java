package io.jigress.filters.matchrules;

import io.jigress.api.Exchange;
import io.jigress.api.JsonReader;
import java.util.List;
import java.util.Locale;

/// Which requests a rule is for: those of one of its routes, of one of its domains and to one of its services, where it has any.
///
/// @param routes `namespace/name` of HTTPRoutes, GRPCRoutes or Ingresses
/// @param domains in lower case: a host name, `*suffix`, `prefix*` or `*`
/// @param services beginnings of names of clusters: `service/default/cart`, `service/default/cart/80`
record MatchRule(List<String> routes, List<String> domains, List<String> services) {
    static final String ROUTES = "_match_route_";
    static final String DOMAINS = "_match_domain_";
    static final String SERVICES = "_match_service_";

    MatchRule {
        routes = List.copyOf(routes);
        domains = List.copyOf(domains);
        services = List.copyOf(services);
    }

    static MatchRule read(JsonReader rule) {
        MatchRule match = new MatchRule(rule.texts(ROUTES),
                rule.texts(DOMAINS).stream().map(domain -> domain.toLowerCase(Locale.ROOT)).toList(),
                rule.texts(SERVICES));
        if (match.routes.isEmpty() && match.domains.isEmpty() && match.services.isEmpty()) {
            rule.error("", "matches no request", "a rule with " + ROUTES + ", " + DOMAINS + " or " + SERVICES);
        }
        return match;
    }

    boolean matches(Exchange exchange) {
        return (routes.isEmpty() || matchesRoute(exchange.routeName()))
                && (domains.isEmpty() || matchesDomain(exchange.request().authority()))
                && (services.isEmpty() || matchesService(exchange.targetClusters()));
    }

    /// Whether the route forwards to one of the services: filters run before one of its targets is drawn.
    private boolean matchesService(List<String> clusters) {
        for (String cluster : clusters) {
            for (String service : services) {
                // Behind the name of the service are the port and the variant: `service/default/cart/80?connect=1s`.
                if (cluster.startsWith(service)
                        && (cluster.length() == service.length() || "/?".indexOf(cluster.charAt(service.length())) >= 0)) {
                    return true;
                }
            }
        }
        return false;
    }

    /// @param name such as `HTTPRoute default/shop rule 0`
    private boolean matchesRoute(String name) {
        int begin = name.indexOf(' ') + 1;
        int end = name.indexOf(' ', begin);
        int length = (end < 0 ? name.length() : end) - begin;
        for (String route : routes) {
            if (route.length() == length && name.startsWith(route, begin)) {
                return true;
            }
        }
        return false;
    }

    private boolean matchesDomain(String authority) {
        int colon = authority.lastIndexOf(':');
        int length = colon < 0 || authority.indexOf(']', colon) >= 0 ? authority.length() : colon;
        for (String domain : domains) {
            if (matchesDomain(domain, authority, length)) {
                return true;
            }
        }
        return false;
    }

    private static boolean matchesDomain(String domain, String host, int length) {
        int of = domain.length();
        if (domain.startsWith("*")) {
            return length >= of - 1 && host.regionMatches(true, length - (of - 1), domain, 1, of - 1);
        }
        if (domain.endsWith("*")) {
            return length >= of - 1 && host.regionMatches(true, 0, domain, 0, of - 1);
        }
        return of == length && host.regionMatches(true, 0, domain, 0, of);
    }
}
