package io.jigress.config;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/// The settings of one stream route; null stands for the gateway's setting.
///
/// @param idleTimeout how long both directions may be silent before a connection or UDP session ends; zero means no limit (for TCP)
/// @param connectAttempts on how many endpoints a TCP connection is tried in turn; at least 1
/// @param answers after how many datagrams from the endpoint a UDP session ends; 0 means no limit
/// @param accessLog whether its connections and sessions are logged
public record StreamOptions(@Nullable Duration idleTimeout, int connectAttempts, int answers, boolean accessLog) {
    public static final StreamOptions DEFAULT = new StreamOptions(null, 3, 0, true);
}
