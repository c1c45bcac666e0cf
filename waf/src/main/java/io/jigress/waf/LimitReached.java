package io.jigress.waf;

/// Ends the work on a transaction from wherever it stands; [Transaction] turns it into an [Interruption].
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
