package io.jigress.config;

import java.time.Duration;

/// How the share of an endpoint that has just appeared grows: from a hundredth of its weight to all of it.
///
/// @param window how long it grows; zero for endpoints that get their share at once
/// @param ofProviders whether endpoints tell by their labels `timestamp` (milliseconds since 1970) when they started and by `warmup` (milliseconds) how
/// long their share grows, as providers of Dubbo do. These labels go before `window`
public record SlowStart(Duration window, boolean ofProviders) {
    /// Of providers that do not tell; the default of Dubbo.
    public static final Duration PROVIDER_WARMUP = Duration.ofMinutes(10);

    public static final SlowStart NONE = new SlowStart(Duration.ZERO, false);
}
