package io.jigress.api;

import java.time.Duration;
import java.util.concurrent.CompletionStage;

/// A kind of filter: how its configuration is read and how instances are made. Stateless; for several threads.
///
/// @param <C> the configuration: an immutable value with `equals`, since equal configurations share state
public interface FilterFactory<C> {

    /// The name in a Plugin resource: lower-case words joined by hyphens (`key-rate-limit`).
    String name();

    FilterPhase phase();

    /// Order within the phase unless the Plugin says otherwise: higher runs earlier.
    int priority();

    /// Reads a configuration. Faults go to the reader, which knows their paths; the result is discarded when one is an
    /// error. Must not throw on any input.
    C parse(JsonReader config);

    /// Whether a broken configuration must close its target (503) rather than leave it unprotected: true for
    /// authentication, address lists, limits.
    default boolean protects() {
        return false;
    }

    /// Makes a configuration ready, maybe slowly (download, compile): routes that use it go live afterwards, and stay as they were until
    /// then. Must not block. A preparation that fails or takes longer than [#prepareTimeout] counts as broken. If the filter protects, routes that have an earlier
    /// configuration of it keep that one.
    CompletionStage<PreparedFilter> prepare(C config);

    /// How long the preparation of one filter may take.
    default Duration prepareTimeout() {
        return Duration.ofMinutes(1);
    }
}
