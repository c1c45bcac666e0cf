package io.jigress.sources.registry;

import io.jigress.control.RegistrySettings;
import io.jigress.control.RegistryService;
import java.util.List;
import java.util.function.Consumer;

/// The connection to one registry.
///
/// A client connects, reconnects and subscribes on threads of its own (a fixed number of them, whatever the number of services); none of its
/// methods waits for the registry. It keeps no instances: it passes on each list that the registry sends, at once. It writes no files.
public interface RegistryClient extends AutoCloseable {

    /// Makes clients of one type of registry.
    @FunctionalInterface
    interface Factory {
        /// Returns at once; the client connects in the background, for as long as it takes.
        RegistryClient open(RegistrySettings settings);
    }

    /// What a client reports of one service. Called on any thread, one call at a time for each service; does not block.
    interface Listener {
        /// The whole list as the registry has it now.
        void instances(List<Instance> instances);

        /// The registry did not answer, or answered with an error, in its own words. The client tries again by itself.
        void failed(String why);
    }

    /// Whether there is a connection.
    ///
    /// @param error why there is none, in the server's words where it said something; empty while connected or not known yet
    record State(boolean connected, String error) {}

    /// Follows a service until [#unfollow]; at most once for each service.
    void follow(RegistryService service, Listener listener);

    /// Ends a subscription; the listener may still hear what is under way.
    void unfollow(RegistryService service);

    /// Follows a text until [#unfollowText]; at most once for each. The listener hears what it is, empty when there is none or it cannot be
    /// read, and hears every change; called on any thread, one call at a time.
    default void followText(RegistryText text, Consumer<String> listener) {
        listener.accept("");
    }

    /// Ends it; the listener may still hear what is under way.
    default void unfollowText(RegistryText text) {}

    /// Answers from memory.
    State state();

    /// Ends the connection and the threads.
    @Override
    void close();
}
