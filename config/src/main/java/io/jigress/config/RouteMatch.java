package io.jigress.config;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// The conditions of a route on a request; all must hold.
///
/// @param method null for any
/// @param oneLabel under a wildcard host: whether the star must stand for exactly one label, as an Ingress has it, instead of one or more
public record RouteMatch(PathMatch path, @Nullable String method, List<ValueMatch> headers, List<ValueMatch> queries,
        boolean oneLabel) {
    public static final RouteMatch ALL = new RouteMatch(PathMatch.ALL, null, List.of(), List.of());

    public RouteMatch {
        headers = List.copyOf(headers);
        queries = List.copyOf(queries);
    }

    /// A match where the star of a wildcard host may stand for any number of labels.
    public RouteMatch(PathMatch path, @Nullable String method, List<ValueMatch> headers, List<ValueMatch> queries) {
        this(path, method, headers, queries, false);
    }

    public RouteMatch withOneLabel(boolean newOneLabel) {
        return new RouteMatch(path, method, headers, queries, newOneLabel);
    }

    public static RouteMatch path(PathMatch path) {
        return new RouteMatch(path, null, List.of(), List.of());
    }
}
