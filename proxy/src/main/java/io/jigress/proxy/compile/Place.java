package io.jigress.proxy.compile;

/// A part of the configuration whose change may have to wait.
sealed interface Place {
    record OfCluster(String name) implements Place {}

    /// The answer of a host where no route matches.
    record OfHost(String listener, String pattern) implements Place {
        OfRoute route(String id) {
            return new OfRoute(listener, pattern, id);
        }
    }

    record OfRoute(String listener, String host, String id) implements Place {}

    /// @param pattern of the section's server names; empty for the route of a TCP or UDP listener
    /// @param names the pattern of the route's server names
    record OfStream(String listener, String pattern, String names) implements Place {}
}
