package io.jigress.proxy.compile;

import io.jigress.proxy.ProxySettings;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/// What holds where a route says nothing.
record RouteDefaults(ProxySettings.ClientTimeouts timeouts, long bodyBytes) {
    long request(@Nullable Duration own) {
        return (own == null ? timeouts.request() : own).toNanos();
    }

    long attempt(@Nullable Duration own) {
        return (own == null ? timeouts.attempt() : own).toNanos();
    }

    long silence(@Nullable Duration own) {
        return (own == null ? timeouts.silence() : own).toNanos();
    }
}
