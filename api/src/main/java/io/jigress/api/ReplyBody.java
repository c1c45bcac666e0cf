package io.jigress.api;

/// The body of a [LocalReply].
public sealed interface ReplyBody {
    ReplyBody EMPTY = new Whole(new byte[0]);

    /// Bytes that are sent as they are.
    ///
    /// @param bytes must not be changed afterwards
    record Whole(byte[] bytes) implements ReplyBody {}

    /// The gateway makes the body in the form that all its errors have (the setting `error.page`, or JSON for clients that ask for it).
    ///
    /// @param text in the body; may be empty. A JSON object is sent as the whole body
    record Message(String text) implements ReplyBody {}

    /// The body is made while it is sent.
    record Streamed(Source source) implements ReplyBody {}

    /// Makes a body, piece by piece. Event loop only.
    interface Source {

        /// The head is being sent. The body may be written now, and later when the writer is writable; it goes on until the writer's `end`
        /// is called.
        void start(BodyWriter body);

        /// The exchange ended before the body did: the client disconnected, or a filter failed.
        default void cancelled() {}
    }
}
