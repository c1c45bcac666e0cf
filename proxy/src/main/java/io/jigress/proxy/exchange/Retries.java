package io.jigress.proxy.exchange;

import io.jigress.api.ProxyFailure;
import io.jigress.api.ProxyFailure.Origin;
import io.jigress.api.RequestHead;
import io.jigress.config.RetryPolicy;
import io.jigress.config.RetryPolicy.Condition;
import io.jigress.proxy.loop.Loop;
import io.jigress.proxy.upstream.Upstream;
import io.jigress.proxy.upstream.UpstreamEndpoint;
import org.jspecify.annotations.Nullable;

/// Whether a request whose attempt failed may be sent again, as its route's policy says, and where to. Event loop only.
final class Retries {
    /// The longest pause between two attempts is that many times the first.
    private static final int MAX_BACKOFF = 10;

    private final Loop loop;
    private RetryPolicy policy = RetryPolicy.NEVER;
    private boolean idempotent;
    private int count;
    /// Whether the request has a place in the retry budget of the cluster.
    private boolean budgeted;

    Retries(Loop loop) {
        this.loop = loop;
    }

    void begin(RetryPolicy by, RequestHead head) {
        policy = by;
        idempotent = isIdempotent(head.method());
        count = 0;
        budgeted = false;
    }

    /// Whether the request may be repeated after bytes of it were sent (RFC 9110, 9.2.2).
    boolean idempotent() {
        return idempotent;
    }

    boolean replays() {
        return idempotent && policy.attempts() > 0;
    }

    boolean covers(int status) {
        return idempotent && policy.retries(status);
    }

    boolean covers(ProxyFailure failure) {
        Condition condition = condition(failure);
        return condition != null && policy.conditions().contains(condition);
    }

    private static @Nullable Condition condition(ProxyFailure failure) {
        if (failure.origin() != Origin.UPSTREAM) {
            return null;
        }
        return switch (failure.kind()) {
            case CONNECT_FAILED, CONNECT_TIMEOUT -> Condition.CONNECT_FAILURE;
            case UPSTREAM_RESET -> failure.retryable() ? Condition.RESET : null;
            case UPSTREAM_REFUSED -> Condition.REFUSED;
            case UPSTREAM_TIMEOUT -> Condition.TIMEOUT;
            default -> null;
        };
    }

    /// Where the next attempt goes; null when there may be none. The same endpoint gets it only after a pause.
    @Nullable UpstreamEndpoint elsewhere(Upstream to, UpstreamEndpoint failed) {
        if (count >= policy.attempts()) {
            return null;
        }
        UpstreamEndpoint picked = pick(to, failed, count + 1);
        if (picked == null || picked.isSameAs(failed) && policy.backoff().isZero()) {
            return null;
        }
        count++;
        return picked;
    }

    /// Where the attempt goes that [#elsewhere] allowed, after a pause.
    @Nullable UpstreamEndpoint again(Upstream to, UpstreamEndpoint failed) {
        return pick(to, failed, count);
    }

    /// The first retry goes to an endpoint of the first priority, if there is another; the second to one of the next, since all of the first may have
    /// failed.
    private @Nullable UpstreamEndpoint pick(Upstream to, UpstreamEndpoint failed, int retry) {
        return retry <= 1 ? to.pick(loop, failed) : to.pickFurther(loop, failed);
    }

    /// Whether there may be one more attempt beside the one in progress.
    boolean hedges() { return idempotent && count < policy.attempts(); }

    /// Another endpoint for one more attempt beside the first, which has its place among the repetitions then; null when there is none.
    @Nullable UpstreamEndpoint another(Upstream to, UpstreamEndpoint first) {
        UpstreamEndpoint picked = to.pickBeside(loop, first);
        if (picked == null || !tryBudget(to)) {
            return null;
        }
        count++;
        return picked;
    }

    /// Takes a place in the retry budget of the cluster, unless the request has one; false if there is none left.
    boolean tryBudget(Upstream in) {
        if (!budgeted) {
            budgeted = in.inFlight().tryRetry(loop, policy.budgetPercent());
        }
        return budgeted;
    }

    /// The pause before the attempt that [#elsewhere] allowed; zero for none.
    long pauseNanos() {
        return policy.backoff().toNanos() * Math.min(MAX_BACKOFF, 1L << Math.min(count - 1, 10));
    }

    /// The request is no longer in flight.
    void end(Upstream in) {
        if (budgeted) {
            budgeted = false;
            in.inFlight().retried(loop);
        }
        policy = RetryPolicy.NEVER;
    }

    private static boolean isIdempotent(String method) {
        return switch (method) {
            case "GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE" -> true;
            default -> false;
        };
    }
}
