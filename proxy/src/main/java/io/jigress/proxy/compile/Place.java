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
}
