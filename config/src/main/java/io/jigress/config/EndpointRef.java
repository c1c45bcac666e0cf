package io.jigress.config;

import java.util.ArrayList;
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

    /// The endpoints of another reference whose label is the tag of a request: where there are none, those without the label, and where there are none of these
    /// either, all.
    ///
    /// @param tag empty for requests without a tag
    record Tagged(EndpointRef of, String label, String tag) implements EndpointRef {

        @Override
        public EndpointRef whole() {
            return of.whole();
        }

        /// Selects from the endpoints of the whole.
        public Endpoints select(Endpoints all) {
            List<Endpoint> found = with(all, tag);
            if (found.isEmpty() && !tag.isEmpty()) {
                found = with(all, "");
            }
            return found.isEmpty() ? all : new Endpoints(found, all.known());
        }

        private List<Endpoint> with(Endpoints all, String value) {
            return all.endpoints().stream().filter(endpoint -> endpoint.labels().getOrDefault(label, "").equals(value)).toList();
        }
    }

    /// The endpoints of another reference; those of the first priority that are in a zone go before its others, as long as they have a certain share of
    /// its weight.
    ///
    /// @param percent the least share
    record Zone(EndpointRef of, String zone, int percent) implements EndpointRef {

        @Override
        public EndpointRef whole() {
            return of.whole();
        }

        /// Orders the endpoints of the whole.
        public Endpoints select(Endpoints all) {
            int first = all.endpoints().stream().mapToInt(Endpoint::priority).min().orElse(0);
            List<Endpoint> here = new ArrayList<>();
            List<Endpoint> elsewhere = new ArrayList<>();
            long weight = 0;
            for (Endpoint endpoint : all.endpoints()) {
                boolean near = endpoint.priority() == first && endpoint.zone().equals(zone);
                weight += endpoint.priority() == first ? endpoint.weight() : 0;
                (near ? here : elsewhere).add(near ? endpoint : endpoint.after(endpoint.priority() + 1));
            }
            long near = here.stream().mapToLong(Endpoint::weight).sum();
            if (near == 0 || near * 100 < weight * percent) {
                return all;
            }
            here.addAll(elsewhere);
            return new Endpoints(here, all.known());
        }
    }

    /// Endpoints that are reached through an HTTP proxy, which opens the connections (CONNECT): each endpoint through each address of the proxy.
    ///
    /// @param proxy where the proxy is: [Fixed] or [Dns]
    /// @param targets whose addresses may be host names, which the proxy resolves
    record Proxied(EndpointRef proxy, List<Endpoint> targets) implements EndpointRef {
        public Proxied {
            targets = List.copyOf(targets);
        }

        /// The endpoints, given those of the proxy.
        public Endpoints select(Endpoints proxies) {
            List<Endpoint> all = new ArrayList<>();
            for (Endpoint target : targets) {
                for (Endpoint proxy : proxies.endpoints()) {
                    all.add(target.through(new Endpoint.ForwardProxy(proxy.address(), proxy.port())));
                }
            }
            return new Endpoints(all, proxies.known());
        }
    }

    /// The endpoints that this is a subset of; itself when it is not a subset.
    default EndpointRef whole() {
        return this;
    }
}
