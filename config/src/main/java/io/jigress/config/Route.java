package io.jigress.config;

import java.util.List;

/// One match and what to do with the requests that fit.
///
/// @param id unique within its virtual host and stable over edits: it names the route in metrics, logs and `explain`
/// @param origin the object it came from, as `explain` shows it (`HTTPRoute default/shop rule 0`)
/// @param rank decides between routes that both fit
/// @param filters in no particular order; phase, priority and name decide
public record Route(String id, String origin, RouteRank rank, RouteMatch match, RouteAction action, List<FilterSpec> filters,
        RouteOptions options) {
    public Route {
        filters = List.copyOf(filters);
    }
}
