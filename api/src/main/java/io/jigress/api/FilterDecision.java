package io.jigress.api;

import org.jspecify.annotations.Nullable;

/// What a filter decides about a message, or about a part of one.
public sealed interface FilterDecision {
    Continue CONTINUE = new Continue();
    SkipBody SKIP_BODY = new SkipBody();
    HoldHead HOLD_HEAD = new HoldHead(null);

    /// Go on with the next filter.
    record Continue() implements FilterDecision {}

    /// Go on with the next filter, and skip this one for the rest of the message: it does not see its body and trailers. Allowed for a head or
    /// a part of a body. When no other filter takes part, the body passes as it would without filters.
    record SkipBody() implements FilterDecision {}

    /// Keep the head back: the body comes to this filter as one growing [Body], and the head goes on when the filter answers
    /// [Continue] (or [SkipBody]) to it, at the latest with the last part of the body. Allowed only for a head or a held body. A body that
    /// exceeds the limit (`limits.held.bytes`) is refused with 413 (request) or 502 (response).
    ///
    /// @param resumption lets the filter decide before the next part of the body comes: its continuation gets what is held so far. From
    ///        [Exchange#suspend]; it counts until the filter decides again, and may be given again then. Null for a filter that decides
    ///        only when it is shown a part.
    record HoldHead(@Nullable Resumption resumption) implements FilterDecision {}

    /// Hold what the callback was given, and all that follows it, until the resumption is resumed; the resumption comes from
    /// [Exchange#suspend]. Allowed for heads, parts of bodies and trailers.
    record Wait(Resumption resumption) implements FilterDecision {}

    /// Answer now. A request is not sent upstream; a response that has not begun is replaced. After the response's head has
    /// been sent the connection is aborted instead. The reply passes through the response callbacks of the filters that saw the request.
    record Reply(LocalReply reply) implements FilterDecision {}
}
