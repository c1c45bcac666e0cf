package io.jigress.config;

import io.jigress.api.FilterPhase;
import io.jigress.api.Json;
import java.util.List;

/// A filter by name, with its configuration.
///
/// @param name the kind of filter (`cors`)
/// @param scope whose state it shares: filters of equal name, scope and config are one (a Plugin object's key, or a route's id)
/// @param config already checked by the [FilterCatalog]
/// @param origin the object that configures it (`Plugin default/limit`)
/// @param clusters the names of clusters that it calls; follows from the configuration. Its routes go live when the endpoints of these clusters are
///        known, as with the routes' own targets, and keep these clusters in use
public record FilterSpec(String name, String scope, FilterPhase phase, int priority, Json config, String origin,
        List<String> clusters) {

    public FilterSpec {
        clusters = List.copyOf(clusters);
    }

    /// A filter that calls no cluster.
    public FilterSpec(String name, String scope, FilterPhase phase, int priority, Json config, String origin) {
        this(name, scope, phase, priority, config, origin, List.of());
    }
}
