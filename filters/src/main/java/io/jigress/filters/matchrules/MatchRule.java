package io.jigress.filters.matchrules;

import io.jigress.api.Exchange;
import io.jigress.api.JsonReader;
import java.util.List;
import java.util.Locale;

/// Which requests a rule is for: those of one of its routes and of one of its domains, where it has any. Allocates nothing.
///
/// @param routes `namespace/name` of HTTPRoutes, GRPCRoutes or Ingresses
/// @param domains in lower case: a host name, `*suffix`, `prefix*` or `*`
record MatchRule(List<String> routes, List<String> domains) {
    static final String ROUTES = "_match_route_";
    static final String DOMAINS = "_match_domain_";

    MatchRule {
        routes = List.copyOf(routes);
        domains = List.copyOf(domains);
    }

    static MatchRule read(JsonReader rule) {
        MatchRule match = new MatchRule(rule.texts(ROUTES),
                rule.texts(DOMAINS).stream().map(domain -> domain.toLowerCase(Locale.ROOT)).toList());
        if (match.routes.isEmpty() && match.domains.isEmpty()) {
            rule.error("", "matches no request", "a rule with " + ROUTES + " or " + DOMAINS);
        }
        return match;
    }

    boolean matches(Exchange exchange) {
        return (routes.isEmpty() || matchesRoute(exchange.routeName()))
                && (domains.isEmpty() || matchesDomain(exchange.request().authority()));
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
