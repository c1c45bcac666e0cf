package io.jigress.config;

import io.jigress.api.FilterPhase;
import io.jigress.api.Json;
import java.util.List;

/// A filter by name, with its configuration.
///
/// @param name the kind of filter (`cors`)
/// @param identity of the filters of one identity the nearest to the rule runs; the name of a built-in filter, kind and name of a plugin (`lua/greeting`)
/// @param scope whose state it shares: filters of equal name, scope and config are one (a Plugin object's key, or a route's id)
/// @param config already checked by the [FilterCatalog]; with references to Secrets
/// @param secrets the values of these references
/// @param origin the object that configures it (`Plugin default/limit`)
/// @param onFailure what becomes of its targets when it cannot be made
/// @param clusters the names of clusters that it calls; follows from the configuration. Its routes go live when the endpoints of these clusters are
///        known, as with the routes' own targets, and keep these clusters in use
public record FilterSpec(String name, String identity, String scope, FilterPhase phase, int priority, Json config,
        SecretValues secrets, String origin, OnFailure onFailure, List<String> clusters) {

    /// What becomes of the targets of a filter that cannot be made.
    public enum OnFailure {
        /// They are closed where this kind of filter protects, else served without it.
        BY_KIND,
        /// They are served without it.
        OPEN,
        /// They are closed.
        CLOSE
    }

    public FilterSpec {
        clusters = List.copyOf(clusters);
    }

    /// A filter without Secrets.
    public FilterSpec(String name, String identity, String scope, FilterPhase phase, int priority, Json config, String origin,
            OnFailure onFailure, List<String> clusters) {
        this(name, identity, scope, phase, priority, config, SecretValues.NONE, origin, onFailure, clusters);
    }

    /// The configuration with the values of Secrets.
    public Json resolved() {
        return secrets.into(config);
    }

    /// A filter of the gateway, which calls no cluster.
    public FilterSpec(String name, String scope, FilterPhase phase, int priority, Json config, String origin) {
        this(name, name, scope, phase, priority, config, origin, OnFailure.BY_KIND, List.of());
    }
}
