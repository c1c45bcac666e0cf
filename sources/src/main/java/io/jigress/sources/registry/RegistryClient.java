package io.jigress.sources.registry;

import io.jigress.control.RegistrySettings;
import io.jigress.control.RegistryService;
import java.util.List;
import java.util.function.Consumer;

/// The connection to one registry.
///
/// A client connects, reconnects and subscribes on threads of its own (a fixed number, regardless of the number of services); none of its
/// methods waits for the registry. It keeps no instances: it passes on each list that the registry sends, at once. It writes no files.
public interface RegistryClient extends AutoCloseable {

    /// Creates clients of one type of registry.
    @FunctionalInterface
    interface Factory {
        /// Returns at once; the client connects in the background and retries without a limit.
        RegistryClient open(RegistrySettings settings);
    }

    /// Receives a client's results for one service. Called on any thread, one call at a time for each service; does not block.
    interface Listener {
        /// The whole list as the registry has it now.
        void instances(List<Instance> instances);

        /// The registry did not respond, or responded with an error, whose message is passed. The client retries by itself.
        void failed(String why);
    }

    /// Whether there is a connection.
    ///
    /// @param error why there is none, with the server's message if there is one; empty while connected or not known yet
    record State(boolean connected, String error) {}

    /// Follows a service until [#unfollow]; at most once for each service.
    void follow(RegistryService service, Listener listener);

    /// Ends a subscription; the listener may still be called with results in flight.
    void unfollow(RegistryService service);

    /// Follows a text until [#unfollowText]; at most once for each. The listener is called with the text, empty when there is none or it cannot
    /// be read, and with every change; on any thread, one call at a time.
    default void followText(RegistryText text, Consumer<String> listener) {
        listener.accept("");
    }

    /// Ends it; the listener may still be called with results in flight.
    default void unfollowText(RegistryText text) {}

    /// The present state, from memory.
    State state();

    /// Closes the connection and the threads.
    @Override
    void close();
}
