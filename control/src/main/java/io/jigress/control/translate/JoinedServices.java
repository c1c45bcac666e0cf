package io.jigress.control.translate;

import io.jigress.control.ResourceKey;
import io.jigress.control.ServiceName;
import java.util.List;

/// The Services whose endpoints in all clusters are one set.
///
/// @param patterns each `*`, `namespace/*` or `namespace/name`
/// @param ownFirst whether endpoints of other clusters get requests only while the route's cluster has none
public record JoinedServices(List<String> patterns, boolean ownFirst) {
    public static final JoinedServices NONE = new JoinedServices(List.of(), true);

    public JoinedServices {
        patterns = List.copyOf(patterns);
    }

    ServiceName.Reach reach(ResourceKey service) {
        boolean joined = patterns.stream().anyMatch(pattern -> pattern.equals("*") || pattern.equals(service.namespace() + "/*")
                || pattern.equals(service.namespace() + "/" + service.name()));
        return !joined ? ServiceName.Reach.OWN : ownFirst ? ServiceName.Reach.OWN_FIRST : ServiceName.Reach.ALL;
    }
}
