package io.jigress.api;

/// What a filter answers to a message.
public sealed interface FilterDecision {
    Continue CONTINUE = new Continue();
    SkipBody SKIP_BODY = new SkipBody();
    HoldHead HOLD_HEAD = new HoldHead();

    /// Go on with the next filter.
    record Continue() implements FilterDecision {}

    /// Go on with the next filter, and leave this one out for the rest of the message: its body and trailers pass by. An answer to a head or to
    /// a part of a body. When no other filter takes part, the body passes as it would without filters.
    record SkipBody() implements FilterDecision {}

    /// Keep the head back: the body comes to this filter as one growing [Body], and the head goes on when the filter answers
    /// [Continue] (or [SkipBody]) to it, at the latest with the last of the body. Only an answer to a head or to a held body. A body that
    /// outgrows the limit (`limits.held.bytes`) is refused with 413 (request) or 502 (response).
    record HoldHead() implements FilterDecision {}

    /// What the filter was shown stays with it, and what follows waits behind, until the resumption is resumed; it comes from
    /// [Exchange#suspend]. An answer to heads, parts of bodies and trailers.
    record Wait(Resumption resumption) implements FilterDecision {}

    /// Answer now. A request is not sent upstream; a response that has not begun is replaced. After the response's head has
    /// gone out the connection is aborted instead. Response filters of those that saw the request see the reply.
    record Reply(LocalReply reply) implements FilterDecision {}
}
