package io.jigress.sentinel.engine;

import io.jigress.api.Exchange;
import org.jspecify.annotations.Nullable;

/// The checks of one request, table after table.
public final class Entering {
    private final Exchange exchange;
    private final String caller;
    private final long nanos;
    private @Nullable Pass last;
    private @Nullable Refusal refusal;
    private long waitNanos;

    /// @param caller empty when the request has none
    public Entering(Exchange exchange, String caller, long nanos) {
        this.exchange = exchange;
        this.caller = caller;
        this.nanos = nanos;
    }

    String path() {
        return exchange.request().path();
    }

    /// @return false when the request is refused
    boolean enter(Guard guard) {
        Pass pass = new Pass(guard, exchange, caller, nanos, last);
        long verdict = guard.enter(pass);
        if (verdict < 0) {
            refuse(guard.refusal(verdict));
            return false;
        }
        last = pass;
        waitNanos = Math.max(waitNanos, verdict);
        return true;
    }

    /// Refuses, and ends the passes of the resources that were entered before.
    void refuse(Refusal why) {
        refusal = why;
        for (Pass pass = last; pass != null; pass = pass.before) {
            pass.abandon();
        }
        last = null;
    }

    /// Null when the request may proceed.
    public @Nullable Refusal refusal() {
        return refusal;
    }

    /// The last pass, linked to those before it; null when the request has no resources.
    public @Nullable Pass last() {
        return last;
    }

    /// How long the request has to wait.
    public long waitNanos() {
        return waitNanos;
    }
}
