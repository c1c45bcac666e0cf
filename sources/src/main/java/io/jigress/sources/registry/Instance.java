package io.jigress.sources.registry;

import java.util.Map;

/// One instance of a service as its registry lists it, not validated yet.
///
/// @param weight relative to the other instances of the service; 0 gets no new requests
/// @param enabled false when an operator has taken it offline
/// @param healthy false when the registry reports it as unhealthy
/// @param zone empty when not known
public record Instance(String address, int port, double weight, boolean enabled, boolean healthy, String zone,
        Map<String, String> metadata) {

    /// A healthy instance of weight 1.
    public static Instance of(String address, int port) {
        return new Instance(address, port, 1, true, true, "", Map.of());
    }
}
