package io.jigress.api.blocking;

import org.jspecify.annotations.Nullable;

/// A call of a [BlockingFilter] has no decision. Thrown on the event loop, to whoever calls the filter.
public final class BlockingFilterException extends RuntimeException {
    private static final long serialVersionUID = 1;

    /// Why there is none.
    public enum Kind {
        /// The call has thrown: see the cause.
        FAILED,
        /// The call did not return at its deadline.
        LATE,
        /// The call was not started: as many tasks as `limits.blocking.tasks` are running.
        REFUSED
    }

    private final Kind kind;

    BlockingFilterException(Kind kind, String message, @Nullable Throwable cause) {
        super(message, cause);
        this.kind = kind;
    }

    public Kind kind() {
        return kind;
    }
}
