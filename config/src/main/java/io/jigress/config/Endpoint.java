package io.jigress.config;

import java.util.Map;

/// @param address an IP literal
/// @param weight 0 to 65,535; 0 takes no new requests
/// @param zone empty when not known
/// @param priority 0 for those that get the requests; those of a higher number take their place while all before are ejected, and get retries
public record Endpoint(String address, int port, int weight, String zone, Map<String, String> labels, int priority) {
    public Endpoint {
        labels = Map.copyOf(labels);
    }

    /// An endpoint of priority 0.
    public Endpoint(String address, int port, int weight, String zone, Map<String, String> labels) {
        this(address, port, weight, zone, labels, 0);
    }

    public static Endpoint of(String address, int port) {
        return new Endpoint(address, port, 1, "", Map.of());
    }

    /// The same with another priority.
    public Endpoint after(int priority) {
        return new Endpoint(address, port, weight, zone, labels, priority);
    }
}
