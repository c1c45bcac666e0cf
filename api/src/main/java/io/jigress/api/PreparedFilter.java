package io.jigress.api;

/// A filter's configuration made ready, with the state that all event loops share (counters, compiled code). Kept while any
/// route uses an equal configuration in the same scope, and a minute longer, so that limits survive configuration changes; also until the
/// last exchange that has an instance has ended. For several threads.
@FunctionalInterface
public interface PreparedFilter extends AutoCloseable {

    /// An instance for one event loop; called once per loop, on that loop. If this throws, requests are answered with 500 (503 for
    /// a filter that protects), and it is called again after a minute at the earliest.
    HttpFilter create(Services services);

    /// No route uses this configuration any more and all instances are closed. On any thread; must not block.
    @Override
    default void close() {}

    /// As [#close], on a thread that may block: returns when everything is closed.
    default void closeAndWait() {
        close();
    }
}
