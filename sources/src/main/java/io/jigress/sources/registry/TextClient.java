package io.jigress.sources.registry;

/// Follows single texts that a registry stores by group and data id. For several threads.
public interface TextClient extends AutoCloseable {

    /// Receives the text of one data id. Called on the client's thread.
    public interface Listener {
        /// The present text; empty when there is no such data id.
        void text(String text);

        /// The server cannot be reached or refuses; the last text stays in effect.
        void failed(String why);
    }

    /// Calls the listener with the present text and with every change; one listener for each text.
    void follow(String group, String dataId, Listener listener);

    void unfollow(String group, String dataId);

    @Override
    void close();
}
