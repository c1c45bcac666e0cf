package io.jigress.proxy.compile;

/// Runs deferred work of a compiler at its owner: under the owner's lock as when applying, and with the tables published afterwards. Work that
/// is still queued when the owner closes is dropped. For several threads.
@FunctionalInterface
public interface DeferredUpdate {
    /// Drops everything: for compilers that serve no traffic.
    DeferredUpdate NEVER = (_, _) -> {};

    void run(long delayNanos, Runnable work);
}
