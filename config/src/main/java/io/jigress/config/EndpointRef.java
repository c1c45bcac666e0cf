package io.jigress.config;

import java.util.List;

/// Where a cluster's endpoints come from.
public sealed interface EndpointRef {

    record Fixed(List<Endpoint> endpoints) implements EndpointRef {
        public Fixed {
            endpoints = List.copyOf(endpoints);
        }
    }

    /// All addresses of a name, resolved again when its TTL is over.
    record Dns(String host, int port) implements EndpointRef {}

    /// A name in a directory that is fed apart from the configuration (`kubernetes` `default/cart:http`), so that endpoints come and go without a
    /// configuration change.
    record Named(String directory, String name) implements EndpointRef {}
}
