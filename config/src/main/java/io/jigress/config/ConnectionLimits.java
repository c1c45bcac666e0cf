package io.jigress.config;

import java.time.Duration;

/// Limits of the connections to one cluster's endpoints.
///
/// @param connectTimeout for one connection to be established
/// @param idleTimeout how long an unused connection is kept; below the upstream's own timeout, so that the gateway does not reuse a connection
///        that the upstream has closed. The default is below the five seconds of Node.js, Apache httpd and uvicorn, the shortest in common use
/// @param maxConnections to one endpoint, over all event loops
/// @param maxPending requests that wait for a connection, over all event loops; one more is answered with 503
public record ConnectionLimits(Duration connectTimeout, Duration idleTimeout, int maxConnections, int maxPending) {
    public static final ConnectionLimits DEFAULT = new ConnectionLimits(Duration.ofSeconds(5), Duration.ofSeconds(4), 4096,
            4096);
}
