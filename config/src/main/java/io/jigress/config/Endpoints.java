package io.jigress.config;

import java.util.List;

/// The state of a name in a directory at one moment.
///
/// @param known false until the first list has arrived: routes that need it wait (make before break)
public record Endpoints(List<Endpoint> endpoints, boolean known) {
    public static final Endpoints UNKNOWN = new Endpoints(List.of(), false);

    public Endpoints {
        endpoints = List.copyOf(endpoints);
    }
}
