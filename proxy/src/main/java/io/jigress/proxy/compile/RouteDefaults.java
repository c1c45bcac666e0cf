package io.jigress.proxy.compile;

import io.jigress.proxy.http.ClientTimeouts;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/// Defaults of routes.
///
/// @param bodyBytes the longest request body; -1 means no limit
public record RouteDefaults(ClientTimeouts timeouts, long bodyBytes) {
    long request(@Nullable Duration own) {
        return (own == null ? timeouts.request() : own).toNanos();
    }

    public long attempt(@Nullable Duration own) {
        return (own == null ? timeouts.attempt() : own).toNanos();
    }

    public long silence(@Nullable Duration own) {
        return (own == null ? timeouts.silence() : own).toNanos();
    }
}
