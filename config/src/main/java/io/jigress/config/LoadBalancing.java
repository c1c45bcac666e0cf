package io.jigress.config;

/// How an endpoint is picked. Weights count in every case.
public enum LoadBalancing {
    ROUND_ROBIN,
    /// The better of two random picks by outstanding requests of this event loop, divided by weight.
    LEAST_REQUEST
}
