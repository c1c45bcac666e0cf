package io.jigress.api;

import io.netty.buffer.ByteBuf;
import java.util.List;
import java.util.Map;

/// A way to send bytes of a body at any time, not only within a callback: from a timer, or when a call has an answer. Who has it ends the
/// body. Event loop only, but for [#isOver].
///
/// What is written passes the filters behind the one that has the writer. What a filter writes within one of its callbacks goes ahead of
/// what it leaves of the part that the callback was given.
public interface BodyWriter {

    /// Sends bytes; takes ownership.
    ///
    /// Bytes that are written although [#writable] said no are kept, up to `limits.held.bytes`; beyond it the filter counts as broken.
    ///
    /// @return false when nobody takes them any more, because the exchange is over or the body has ended
    boolean write(ByteBuf data);

    /// Ends the body.
    void end();

    /// Ends the body with trailers, where the receiver's HTTP version has any.
    void end(List<Map.Entry<HeaderName, String>> trailers);

    /// Whether the receiver, and the filters behind, take more now.
    boolean writable();

    /// Runs an action, in a later task of the event loop, each time that [#writable] becomes true again. The last one given counts.
    void onWritable(Runnable action);

    /// Whether nothing that is written has any effect, because the exchange is over or the body has ended. For any thread; may be some
    /// microseconds old.
    boolean isOver();
}
