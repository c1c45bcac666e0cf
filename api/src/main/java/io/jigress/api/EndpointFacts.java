package io.jigress.api;

import java.net.InetSocketAddress;
import java.util.Map;

/// An endpoint of a cluster at one moment, as filters see it. Immutable.
///
/// @param healthy whether it takes requests: not while outlier detection has ejected it, and not with the weight 0
/// @param weight 0 to 65,535
/// @param labels as its registry has them; those of Pods are not known
public record EndpointFacts(InetSocketAddress address, boolean healthy, int weight, Map<String, String> labels) {
    public EndpointFacts {
        labels = Map.copyOf(labels);
    }
}
