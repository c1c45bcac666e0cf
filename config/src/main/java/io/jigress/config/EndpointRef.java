package io.jigress.config;

import java.util.List;
import java.util.Map;

/// Where a cluster's endpoints come from.
public sealed interface EndpointRef {

    record Fixed(List<Endpoint> endpoints) implements EndpointRef {
        public Fixed {
            endpoints = List.copyOf(endpoints);
        }
    }

    /// All addresses of a name, resolved again when its TTL is over.
    record Dns(String host, int port) implements EndpointRef {}

    /// A name in a directory that is updated separately from the configuration (`kubernetes` `default/cart:http`), so that endpoints change
    /// without a configuration change.
    record Named(String directory, String name) implements EndpointRef {}

    /// The endpoints of another reference that have certain labels.
    ///
    /// @param labels an empty value stands for a label that is missing or empty
    /// @param orAll whether all are used when none has the labels
    record Subset(EndpointRef of, Map<String, String> labels, boolean orAll) implements EndpointRef {
        public Subset {
            labels = Map.copyOf(labels);
        }

        @Override
        public EndpointRef whole() {
            return of.whole();
        }

        private boolean has(Endpoint endpoint) {
            return labels.entrySet().stream()
                    .allMatch(label -> endpoint.labels().getOrDefault(label.getKey(), "").equals(label.getValue()));
        }

        /// Selects from the endpoints of the whole.
        public Endpoints select(Endpoints all) {
            List<Endpoint> some = all.endpoints().stream().filter(this::has).toList();
            return some.isEmpty() && orAll ? all : new Endpoints(some, all.known());
        }
    }

    /// The endpoints of another reference that are in a zone, as long as these have a certain share of the total weight; else all.
    ///
    /// @param percent the least share
    record Zone(EndpointRef of, String zone, int percent) implements EndpointRef {

        @Override
        public EndpointRef whole() {
            return of.whole();
        }

        /// Selects from the endpoints of the whole.
        public Endpoints select(Endpoints all) {
            List<Endpoint> near = all.endpoints().stream().filter(endpoint -> endpoint.zone().equals(zone)).toList();
            long here = weight(near);
            return here > 0 && here * 100 >= weight(all.endpoints()) * percent ? new Endpoints(near, all.known()) : all;
        }

        private static long weight(List<Endpoint> endpoints) {
            return endpoints.stream().mapToLong(Endpoint::weight).sum();
        }
    }

    /// The endpoints that this is a subset of; itself when it is not a subset.
    default EndpointRef whole() {
        return this;
    }
}
