package io.jigress.config;

import java.util.Map;

/// @param address an IP literal
/// @param weight 0 to 65,535; 0 takes no new requests
/// @param zone empty when not known
public record Endpoint(String address, int port, int weight, String zone, Map<String, String> labels) {
    public Endpoint {
        labels = Map.copyOf(labels);
    }

    public static Endpoint of(String address, int port) {
        return new Endpoint(address, port, 1, "", Map.of());
    }
}
