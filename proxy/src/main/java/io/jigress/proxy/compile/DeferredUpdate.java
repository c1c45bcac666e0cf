package io.jigress.proxy.compile;

/// Has the owner of a compiler do a piece of its work later: as it applies, locked, and with the tables published afterwards. Work that is still
/// waiting when the owner closes is dropped. For several threads.
@FunctionalInterface
public interface DeferredUpdate {
    /// Drops everything: for compilers that serve no traffic.
    DeferredUpdate NEVER = (_, _) -> {};

    void run(long delayNanos, Runnable work);
}
