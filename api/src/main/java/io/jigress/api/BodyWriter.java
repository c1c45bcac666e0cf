package io.jigress.api;

import io.netty.buffer.ByteBuf;
import java.util.List;
import java.util.Map;

/// Sends bytes of a body at any time, not only within a callback: from a timer, or when a call has an answer. The owner of the writer must
/// end the body. Event loop only, except for [#isOver].
///
/// Written bytes pass through the filters behind the owner of the writer. Bytes that a filter writes within one of its callbacks are sent
/// before the bytes that it leaves in the part that the callback was given.
public interface BodyWriter {

    /// Sends bytes; takes ownership.
    ///
    /// Bytes that are written while [#writable] is false are buffered, up to `limits.held.bytes`; beyond that the filter counts as broken.
    ///
    /// @return false when the bytes are discarded because the exchange is over or the body has ended
    boolean write(ByteBuf data);

    /// Ends the body.
    void end();

    /// Ends the body with trailers, if the receiver's HTTP version supports them.
    void end(List<Map.Entry<HeaderName, String>> trailers);

    /// Whether the receiver and the filters behind can take more bytes now.
    boolean writable();

    /// Runs an action, in a later task of the event loop, each time that [#writable] becomes true again. A later call replaces the action.
    void onWritable(Runnable action);

    /// Whether writes have no effect because the exchange is over or the body has ended. For any thread; the answer may be some
    /// microseconds old.
    boolean isOver();
}
