package io.jigress.sentinel.engine;

import com.alibaba.csp.sentinel.util.TimeUtil;
import io.jigress.api.Exchange;
import io.jigress.sentinel.cluster.TokenAnswer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The checks of one request, table after table.
public final class Entering {
    private static final long MILLI_NANOS = 1_000_000;

    private final Exchange exchange;
    private final String caller;
    private final long nanos;
    private @Nullable Pass last;
    private @Nullable Refusal refusal;
    private long waitNanos;
    /// The tokens that are still needed, the last one first; null when no rule needs one.
    private @Nullable List<Token> tokens;

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
        if (guard.hasTokens()) {
            List<Token> all = tokens;
            if (all == null) {
                all = new ArrayList<>();
                tokens = all;
            }
            guard.addTokens(pass, all::add);
        }
        return true;
    }

    /// Whether rules ask a token server, so that [#nextToken] and at the end [#admit] must be called.
    public boolean asksForTokens() {
        return tokens != null;
    }

    /// The next token that the request needs; null when it has all.
    public @Nullable Token nextToken() {
        List<Token> all = tokens;
        return all == null || all.isEmpty() ? null : all.removeLast();
    }

    /// A token server has decided, or cannot decide.
    ///
    /// @param now nanoseconds on the clock of the request
    /// @return false when the request is refused
    public boolean decided(Token token, TokenAnswer answer, long now) {
        Guard guard = token.pass().guard;
        long verdict = switch (answer.kind()) {
            case PASS -> answer.waitMillis() == 0 ? 0 : now - nanos + answer.waitMillis() * MILLI_NANOS;
            case REFUSED -> Check.REFUSED;
            case UNAVAILABLE -> guard.enterLocally(token);
        };
        if (verdict < 0) {
            guard.refuse(token.pass());
            refuse(guard.refusal(token));
            return false;
        }
        waitNanos = Math.max(waitNanos, verdict);
        return true;
    }

    /// Counts the request, which has all tokens.
    public void admit() {
        for (Pass pass = last; pass != null; pass = pass.before) {
            if (!pass.admitted) {
                pass.guard.admit(pass, TimeUtil.currentTimeMillis());
            }
        }
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

    /// How much of that is left.
    ///
    /// @param now nanoseconds on the clock of the request
    public long waitNanos(long now) {
        return Math.max(0, nanos + waitNanos - now);
    }
}
