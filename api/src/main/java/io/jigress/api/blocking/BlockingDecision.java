package io.jigress.api.blocking;

import io.jigress.api.LocalReply;

/// What a [BlockingFilter] decides about a message.
public sealed interface BlockingDecision {
    BlockingDecision CONTINUE = new Continue();

    /// Answers with this reply: a request is not sent upstream, a response is replaced.
    static BlockingDecision respond(LocalReply reply) {
        return new Respond(reply);
    }

    /// Go on, with the changes that were made to the message.
    record Continue() implements BlockingDecision {}

    /// Answer now; changes of the message are discarded.
    record Respond(LocalReply reply) implements BlockingDecision {}
}
