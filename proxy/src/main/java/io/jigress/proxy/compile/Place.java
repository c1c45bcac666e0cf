package io.jigress.proxy.compile;

/// What can change, and wait to.
sealed interface Place {
    record OfCluster(String name) implements Place {}

    /// What a host answers where no route fits.
    record OfHost(String listener, String pattern) implements Place {
        OfRoute route(String id) {
            return new OfRoute(listener, pattern, id);
        }
    }

    record OfRoute(String listener, String host, String id) implements Place {}
}
