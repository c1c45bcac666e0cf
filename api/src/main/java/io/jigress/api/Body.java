package io.jigress.api;

import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/// The part of a message's body that a filter is looking at: one chunk, or all so far while the head is held. Valid only
/// during the call.
public interface Body {

    /// The bytes. Borrowed: retain what is kept longer than the call, do not release. Reading from it consumes nothing.
    ByteBuf data();

    /// Whether this is the last part of the body. It may be empty; trailers may still follow.
    boolean last();

    /// The trailers that follow, at the last part of a body that the filter holds together with the head ([FilterDecision.HoldHead]); null when
    /// there are none, and for other parts. They may be edited. Trailers without a field left are not sent.
    default @Nullable Headers trailers() {
        return null;
    }

    /// Replaces the bytes; an empty buffer removes them. The gateway takes ownership and adjusts the framing
    /// (Content-Length is recomputed when the head is held, else the message becomes chunked).
    ///
    /// @throws IllegalStateException when the filter only reads bodies ([FilterInterest]); the bytes are released
    void replace(ByteBuf data);
}
