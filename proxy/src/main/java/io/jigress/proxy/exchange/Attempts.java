package io.jigress.proxy.exchange;

import io.jigress.api.ProxyFailure;
import io.jigress.api.ProxyFailure.Kind;
import io.jigress.api.RequestHead;
import io.jigress.api.ResponseHead;
import io.jigress.config.RetryPolicy;
import io.jigress.proxy.telemetry.ClusterStats;
import io.jigress.proxy.upstream.Upstream;
import io.jigress.proxy.upstream.UpstreamEndpoint;
import org.jspecify.annotations.Nullable;

/// The attempts of a request: picks an endpoint and connects. When an [Attempt] fails, another one follows on another endpoint if the route's policy allows it.
/// At most two are in progress at once (hedging), and only until the first response head. Event loop only.
final class Attempts {
    private final ExchangeContext context;
    private final Forwarder forwarder;
    private final ForwarderListener listener;
    private final KeptBody kept;
    private final Retries retries;
    private final RetryPause pause;
    private final Hedging hedging;

    private @Nullable Upstream upstream;
    /// Where the first attempt goes; null for an endpoint that the load balancing picks.
    private @Nullable UpstreamEndpoint chosen;
    private @Nullable ClusterStats stats;
    /// The attempt in progress; null between two attempts, and after the exchange.
    private @Nullable Attempt attempt;
    /// An attempt whose call ended by itself, to be reused for the next request.
    private @Nullable Attempt spare;
    private int count;
    /// Whether a pooled connection that the endpoint had closed was already replaced by a new one.
    private boolean replaced;
    /// The request has no body.
    private boolean bodiless;

    Attempts(ExchangeContext context, Forwarder forwarder, ForwarderListener listener, KeptBody kept) {
        this.context = context;
        this.forwarder = forwarder;
        this.listener = listener;
        this.kept = kept;
        this.retries = new Retries(context.loop);
        this.pause = new RetryPause(context.loop, this);
        this.hedging = new Hedging(context.loop, this);
    }

    void to(@Nullable UpstreamEndpoint endpoint) {
        chosen = endpoint;
    }

    /// @param last no body follows
    void begin(ClusterStats counts, Upstream by, RequestHead request, boolean last, RetryPolicy policy) {
        stats = counts;
        upstream = by;
        bodiless = last;
        retries.begin(policy, request);
        count = 0;
        replaced = false;
        kept.begin(!last && retries.replays());
        by.inFlight().begin(context.loop);
        UpstreamEndpoint first = chosen;
        chosen = null;
        UpstreamEndpoint picked = first == null ? by.pick(context.loop, null) : first;
        if (picked == null) {
            listener.failed(Failures.NO_ENDPOINTS);
        } else {
            hedging.begin(policy.hedgingDelay());
            connect(by, picked, false);
        }
    }

    /// The attempt that body parts are sent to; null between two attempts, and after the exchange.
    @Nullable Attempt current() {
        return attempt;
    }

    /// Whether the pause before another attempt lasts.
    boolean isPausing() { return pause.isRunning(); }

    private void connect(Upstream to, UpstreamEndpoint endpoint, boolean fresh) {
        Attempt next = begin(endpoint);
        attempt = next;
        context.pools.acquire(to, endpoint, fresh, next);
    }

    private Attempt begin(UpstreamEndpoint endpoint) {
        count++;
        ClusterStats counts = stats;
        if (counts != null) {
            counts.attempt(count > 1);
        }
        Attempt next = spare == null ? new Attempt(context, forwarder) : spare;
        spare = null;
        next.begin(endpoint, context.loop.nanoTime());
        listener.attempt(count, endpoint.text(), next.beganNanos());
        return next;
    }

    boolean isUnderWay(Attempt by) { return by == attempt || hedging.isSecond(by); }

    /// No response has come for a while: another endpoint is asked too, if the whole request can be sent to both. Tried again later while there is no
    /// attempt in progress, the body is not complete, or no place in the retry budget or no healthy endpoint is left.
    void hedge() {
        Upstream to = upstream;
        if (to == null || attempt == null && !pause.isRunning() || !retries.hedges() || !kept.complete()) {
            return;
        }
        UpstreamEndpoint other = another(to);
        if (other == null) {
            hedging.arm();
            return;
        }
        Attempt second = begin(other);
        hedging.second(second);
        context.pools.acquire(to, other, false, second);
    }

    private @Nullable UpstreamEndpoint another(Upstream to) {
        Attempt now = attempt;
        UpstreamEndpoint endpoint = now == null ? null : now.endpoint();
        boolean whole = bodiless || kept.last() || kept.trailers() != null;
        return endpoint != null && whole && kept.repeatable() ? retries.another(to, endpoint) : null;
    }

    /// The response is that of this attempt.
    void win(Attempt by, int status) {
        Attempt loser = hedging.win(attempt, by);
        if (loser != null) {
            goOnWith(by);
            if (status < 500) {
                overtaken(loser, by);
            }
            loser.cancel();
        }
    }

    /// Of two attempts this one goes on alone.
    private void goOnWith(Attempt left) {
        attempt = left;
        UpstreamEndpoint endpoint = left.endpoint();
        if (endpoint != null) {
            listener.attempt(count, endpoint.text(), left.beganNanos());
        }
    }

    /// The cancelled attempt counts as a failure if it began before the one that was answered: otherwise an endpoint that hangs would never be
    /// ejected. Failures to connect are counted by the pool.
    private void overtaken(Attempt loser, Attempt winner) {
        Upstream to = upstream;
        UpstreamEndpoint endpoint = loser.endpoint();
        if (to != null && endpoint != null && loser.stage() == Attempt.Stage.SENT
                && loser.beganNanos() - winner.beganNanos() < 0) {
            to.overtaken(endpoint, context.loop, Failures.OVERTAKEN);
        }
    }

    /// Whether the response is discarded because its status is one that the policy retries.
    boolean retries(Attempt by, ResponseHead response) {
        Upstream to = upstream;
        UpstreamEndpoint endpoint = by.endpoint();
        if (to == null || endpoint == null) {
            return false;
        }
        to.answered(endpoint, context.loop, response.status());
        if (!retries.covers(response.status()) || !kept.complete() || by.informed()) {
            return false;
        }
        if (goesOn(by)) {
            by.cancel();
            return true;
        }
        UpstreamEndpoint next = retries.elsewhere(to, endpoint);
        if (next == null) {
            return false;
        }
        by.cancel();
        attempt = null;
        retry(to, endpoint, next, null, true);
        return true;
    }

    /// The response is complete.
    void ended(Attempt by) {
        by.ended();
        attempt = null;
        spare = by;
    }

    /// An attempt has ended without a complete response.
    ///
    /// @param before how far it was
    void failed(Attempt by, Attempt.Stage before, ProxyFailure failure) {
        if (!isUnderWay(by)) {
            return;
        }
        Upstream to = upstream;
        UpstreamEndpoint endpoint = by.endpoint();
        if (goesOn(by)) {
            if (to != null && endpoint != null && !(by.reused() && failure.retryable())) {
                to.failed(endpoint, context.loop, failure);
                listener.retried(failure);
            }
            return;
        }
        attempt = null;
        if (to == null || endpoint == null || before == Attempt.Stage.ANSWERED || before == Attempt.Stage.SWITCHED) {
            listener.failed(failure);
            return;
        }
        boolean repeatable = retries.idempotent() && kept.complete() && !by.informed();
        boolean unsent = before == Attempt.Stage.CONNECTING;
        boolean refused = failure.kind() == Kind.UPSTREAM_REFUSED;
        if (by.reused() && failure.retryable() && repeatable && !refused && replace(to, endpoint)) {
            return; // The endpoint had closed the idle connection before it got the request: not a failure of the endpoint.
        }
        to.failed(endpoint, context.loop, failure);
        if (retries.covers(failure) && (repeatable || (unsent || refused) && kept.complete())) {
            UpstreamEndpoint next = retries.elsewhere(to, endpoint);
            if (next != null) {
                retry(to, endpoint, next, failure, !unsent);
                return;
            }
            if (refused && replace(to, endpoint)) {
                return; // The connection accepts no more requests, but its endpoint may.
            }
        }
        listener.failed(failure);
    }

    /// Ends one of two attempts. Returns whether there is another one, which goes on.
    private boolean goesOn(Attempt by) {
        Attempt other = hedging.leave(attempt, by);
        if (other != null) {
            goOnWith(other);
        }
        return other != null;
    }

    /// Sends the request on a new connection to the same endpoint, once; false when that was done before.
    private boolean replace(Upstream to, UpstreamEndpoint endpoint) {
        if (replaced) {
            return false;
        }
        replaced = true;
        connect(to, endpoint, true);
        return true;
    }

    /// @param counts whether it counts against the retry budget of the cluster, because bytes were sent
    private void retry(Upstream to, UpstreamEndpoint failed, UpstreamEndpoint next, @Nullable ProxyFailure failure,
            boolean counts) {
        listener.retried(failure);
        long nanos = retries.pauseNanos();
        if (nanos == 0 && (!counts || retries.tryBudget(to))) {
            connect(to, next, false);
        } else {
            pause.begin(failed, failure, counts, nanos);
        }
    }

    /// Takes a place in the retry budget, during a pause.
    boolean tryBudget() {
        Upstream to = upstream;
        return to == null || retries.tryBudget(to);
    }

    /// The pause after a failed attempt is over.
    void again(UpstreamEndpoint failed) {
        Upstream to = upstream;
        UpstreamEndpoint picked = to == null ? null : retries.again(to, failed);
        if (to == null || picked == null) {
            listener.failed(Failures.NO_ENDPOINTS);
        } else {
            connect(to, picked, false);
        }
    }

    void broke(Throwable thrown) {
        forwarder.broke(thrown);
    }

    void fail(ProxyFailure failure) {
        listener.failed(failure);
    }

    // ---- the end

    /// The exchange has become a tunnel, which keeps the attempt only.
    void forget() {
        stats = null;
        Upstream to = upstream;
        if (to != null) {
            upstream = null;
            to.inFlight().end(context.loop);
            retries.end(to);
        }
    }

    void cancel() {
        pause.clear();
        hedging.clear();
        Attempt now = attempt;
        if (now != null) {
            attempt = null;
            now.cancel();
        }
    }

    /// There is no further request.
    void discard() {
        hedging.discard();
        Attempt last = spare;
        if (last != null) {
            last.discard();
        }
    }
}
