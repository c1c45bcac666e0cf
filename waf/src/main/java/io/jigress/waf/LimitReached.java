package io.jigress.waf;

/// Thrown when a limit is reached; [Transaction] converts it to an [Interruption].
final class LimitReached extends RuntimeException {
    private final String limit;

    LimitReached(String limit) {
        super(limit, null, false, false);
        this.limit = limit;
    }

    String limit() {
        return limit;
    }
}
