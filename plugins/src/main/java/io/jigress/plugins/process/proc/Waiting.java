package io.jigress.plugins.process.proc;

import io.jigress.api.Exchange;
import io.jigress.api.FilterDecision;
import io.jigress.api.Resumption;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/// What a message waits for, and how it goes on. Event loop only.
final class Waiting {
    /// The end of a wait that nothing else has ended. The message timeouts are shorter.
    private static final Duration LONGEST = Duration.ofHours(2);

    enum For {
        NOTHING,
        /// The answer to the head, while the body is read.
        HOLD,
        /// The same, or the end of a pause, before more of the body is read.
        PACE,
        /// The answer to what waits.
        ANSWER,
        /// The server takes more.
        ROOM,
        /// The pieces of the body are answered.
        BODY
    }

    private final Exchange exchange;
    private For reason = For.NOTHING;
    private @Nullable Resumption resumption;

    Waiting(Exchange exchange) {
        this.exchange = exchange;
    }

    boolean isFor(For what) { return reason == what; }

    FilterDecision await(For what) {
        return new FilterDecision.Wait(suspend(what));
    }

    /// The head waits while the body is read.
    FilterDecision hold() {
        return new FilterDecision.HoldHead(suspend(For.HOLD));
    }

    private Resumption suspend(For what) {
        reason = what;
        Resumption open = resumption;
        if (open == null) {
            open = exchange.suspend(LONGEST, ProcReplies.FAILED);
            resumption = open;
        }
        return open;
    }

    /// @return false when the message does not wait any more
    boolean resume(Resumption.Continuation continuation) {
        Resumption open = resumption;
        reason = For.NOTHING;
        resumption = null;
        return open != null && open.resume(continuation);
    }
}
