package io.jigress.config;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/// The settings of one route's requests; null stands for the gateway's setting.
///
/// @param requestTimeout from the whole request head to the end of the response, all attempts together; zero means none
/// @param attemptTimeout for one attempt, from its first byte to the response's head; zero means none
/// @param idleTimeout the longest silence within an exchange; zero means none
/// @param maxBodyBytes the longest request body; -1 means no limit
/// @param accessLog whether its requests are logged
/// @param retry when a request is sent again
public record RouteOptions(@Nullable Duration requestTimeout, @Nullable Duration attemptTimeout, @Nullable Duration idleTimeout,
        @Nullable Long maxBodyBytes, boolean accessLog, RetryPolicy retry) {
    public static final RouteOptions DEFAULT = new RouteOptions(null, null, null, null, true, RetryPolicy.DEFAULT);

    /// With the default retry policy.
    public RouteOptions(@Nullable Duration requestTimeout, @Nullable Duration attemptTimeout, @Nullable Duration idleTimeout,
            @Nullable Long maxBodyBytes, boolean accessLog) {
        this(requestTimeout, attemptTimeout, idleTimeout, maxBodyBytes, accessLog, RetryPolicy.DEFAULT);
    }
}
