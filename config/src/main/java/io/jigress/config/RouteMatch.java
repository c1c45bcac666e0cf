package io.jigress.config;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// All must hold.
///
/// @param method null for any
public record RouteMatch(PathMatch path, @Nullable String method, List<ValueMatch> headers, List<ValueMatch> queries) {
    public static final RouteMatch ALL = new RouteMatch(PathMatch.ALL, null, List.of(), List.of());

    public RouteMatch {
        headers = List.copyOf(headers);
        queries = List.copyOf(queries);
    }

    public static RouteMatch path(PathMatch path) {
        return new RouteMatch(path, null, List.of(), List.of());
    }
}
