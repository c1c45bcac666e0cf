package io.jigress.config;

import java.util.List;

/// The routes of one host pattern on one listener.
///
/// @param host the pattern of its hosts
/// @param section the Gateway listener it belongs to: a request that misses here falls back within the same section only
/// @param routes by route id
/// @param filters run for every request of this host, also those that match no route
/// @param paths how paths are normalised before a route is chosen; the most specific pattern that matches a request's host decides
public record VirtualHost(String host, String section, PersistentMap<String, Route> routes, OnMiss onMiss,
        List<FilterSpec> filters, PathRules paths) {

    public enum OnMiss {
        /// Go on with the next less specific host pattern of the section, as Gateway API and Higress do.
        NEXT_HOST,
        /// Answer 404, as nginx does.
        NOT_FOUND
    }

    public VirtualHost {
        filters = List.copyOf(filters);
    }

    /// With the default rules for paths.
    public VirtualHost(String host, String section, PersistentMap<String, Route> routes, OnMiss onMiss,
            List<FilterSpec> filters) {
        this(host, section, routes, onMiss, filters, PathRules.DEFAULT);
    }

    public VirtualHost withRoutes(PersistentMap<String, Route> newRoutes) {
        return new VirtualHost(host, section, newRoutes, onMiss, filters, paths);
    }
}
