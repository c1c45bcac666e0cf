package io.jigress.sources.registry;

/// Follows single texts that a registry stores by group and data id. For several threads.
public interface TextClient extends AutoCloseable {

    /// Hears one data id. On the client's thread.
    public interface Listener {
        /// The text as it is now; empty when there is no such data id.
        void text(String text);

        /// The server cannot be reached or refuses; the last text stays.
        void failed(String why);
    }

    /// Tells the listener of a text as it is and whenever it changes; one listener for each.
    void follow(String group, String dataId, Listener listener);

    void unfollow(String group, String dataId);

    @Override
    void close();
}
