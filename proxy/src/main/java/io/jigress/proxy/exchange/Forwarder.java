package io.jigress.proxy.exchange;

import io.jigress.api.Headers;
import io.jigress.api.ProxyFailure;
import io.jigress.api.ProxyFailure.Kind;
import io.jigress.api.RequestHead;
import io.jigress.api.ResponseHead;
import io.jigress.api.UpstreamCall;
import io.jigress.api.UpstreamSession;
import io.jigress.config.RetryPolicy;
import io.jigress.proxy.telemetry.ClusterStats;
import io.jigress.proxy.upstream.Upstream;
import io.jigress.proxy.upstream.UpstreamEndpoint;
import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/// Carries a request to an endpoint and the response back: picks, connects, sends; the only loop over endpoints. What an [Attempt] could
/// not do another may, on another endpoint, as the route's policy says. Event loop only.
public final class Forwarder {
    /// Whose request is being forwarded: an exchange, or a filter that calls.
    public interface Listener {
        void attempt(int number, String endpoint);
        void informational(ResponseHead head);
        void responseHead(ResponseHead head, boolean last);

        /// Takes ownership.
        void responseBody(ByteBuf data, boolean last);

        void responseTrailers(Headers trailers);

        /// Another attempt follows, since one failed; null when it was answered with a status that is to be tried again.
        void retried(@Nullable ProxyFailure failure);

        void failed(ProxyFailure failure);

        void upstreamCongested(boolean yes);

        void broke(Throwable thrown);
    }

    /// What may wait for a connection before the client is told to pause.
    private static final int WAITING_BYTES = 64 * 1024;

    private final ExchangeContext context;
    final Listener listener;
    private final KeptBody kept;
    private final Retries retries;
    private final RetryPause pause;

    private @Nullable Upstream upstream;
    private @Nullable ClusterStats stats;
    private @Nullable RequestHead head;
    /// The attempt under way; null between two, and when the exchange is over.
    private @Nullable Attempt attempt;
    /// One that has ended by itself, for the next request.
    private @Nullable Attempt spare;
    private long attemptNanos;
    private int attempts;
    /// A connection that was closed before it was used has been replaced by a new one.
    private boolean replaced;
    /// The request has no body.
    private boolean last;
    private boolean congested;
    private boolean upgraded;

    public Forwarder(ExchangeContext context, Listener listener) {
        this.context = context;
        this.listener = listener;
        this.kept = new KeptBody(context.retryMemory);
        this.retries = new Retries(context.loop);
        this.pause = new RetryPause(context.loop, this);
    }

    /// @param last no body follows
    public void start(ClusterStats counts, Upstream by, RequestHead request, boolean last, long attemptNanos,
            RetryPolicy policy) {
        stats = counts;
        upstream = by;
        head = request;
        this.last = last;
        this.attemptNanos = attemptNanos;
        retries.begin(policy, request);
        attempts = 0;
        replaced = false;
        congested = false;
        upgraded = false;
        kept.begin(!last && retries.replays());
        by.inFlight().begin(context.loop);
        UpstreamEndpoint picked = by.pick(context.loop, null);
        if (picked == null) {
            listener.failed(Failures.NO_ENDPOINTS);
        } else {
            connect(by, picked, false);
        }
    }

    private void connect(Upstream to, UpstreamEndpoint endpoint, boolean fresh) {
        attempts++;
        ClusterStats counts = stats;
        if (counts != null) {
            counts.attempt(attempts > 1);
        }
        listener.attempt(attempts, endpoint.text());
        Attempt next = spare == null ? new Attempt(context, this) : spare;
        spare = null;
        attempt = next;
        next.begin(endpoint);
        context.pools.acquire(to, endpoint, fresh, next);
    }

    // ---- the request

    /// Opens the call of an attempt that has its connection.
    UpstreamCall open(UpstreamSession session, Attempt by) {
        RequestHead request = head;
        if (request == null || by != attempt) {
            throw new IllegalStateException("a connection for an exchange that is over");
        }
        return session.open(request, last, by);
    }

    void opened(Attempt by, UpstreamCall call) {
        if (last) {
            by.awaitHead(attemptNanos);
            return;
        }
        ByteBuf waiting = kept.take();
        if (waiting != null) {
            by.send(call, waiting, kept.last());
            if (kept.last()) {
                by.awaitHead(attemptNanos);
            }
        }
        Headers trailers = kept.trailers();
        if (trailers != null) {
            call.trailers(trailers);
            by.awaitHead(attemptNanos);
        }
        if (congested && call.writable()) {
            congest(false);
        }
    }

    /// A part of the request's body; takes ownership.
    public void send(ByteBuf data, boolean last) {
        Attempt now = attempt;
        UpstreamCall call = now == null ? null : now.call();
        if (now != null && call != null) {
            if (now.stage() == Attempt.Stage.SENT) {
                kept.sending(data, last);
            }
            now.send(call, data, last);
            if (last) {
                now.awaitHead(attemptNanos);
            } else if (!call.writable()) {
                congest(true);
            }
        } else if (isWaiting()) {
            kept.add(data, last);
            if (kept.length() > WAITING_BYTES) {
                congest(true);
            }
        } else {
            data.release();
        }
    }

    public void sendTrailers(Headers trailers) {
        Attempt now = attempt;
        UpstreamCall call = now == null ? null : now.call();
        if (now != null && call != null) {
            if (now.stage() == Attempt.Stage.SENT) {
                kept.end(trailers);
            }
            call.trailers(trailers);
            now.awaitHead(attemptNanos);
        } else if (isWaiting()) {
            kept.end(trailers);
        }
    }

    /// Whether the request is held back until there is a connection.
    private boolean isWaiting() {
        Attempt now = attempt;
        return now == null ? pause.isRunning() : now.stage() == Attempt.Stage.CONNECTING;
    }

    public boolean isCongested() { return congested; }

    /// Whether the request waits for the upstream: for a connection, or to be taken.
    boolean isAwaited() {
        Attempt now = attempt;
        return congested || pause.isRunning() || now != null && now.isAwaited();
    }

    /// A number that changes whenever the upstream takes something of the request.
    public long taken() {
        Attempt now = attempt;
        return now == null ? 0 : now.taken();
    }

    /// Bytes of the request that are kept here.
    long heldBytes() {
        return kept.length();
    }

    private void congest(boolean yes) {
        if (congested != yes) {
            congested = yes;
            listener.upstreamCongested(yes);
        }
    }

    void writable(Attempt by) {
        if (by == attempt) {
            congest(false);
        }
    }

    // ---- the response

    void informational(ResponseHead informational) {
        listener.informational(informational);
    }

    void answered(Attempt by, ResponseHead response, boolean end) {
        Upstream to = upstream;
        UpstreamEndpoint endpoint = by.endpoint();
        if (to != null && endpoint != null) {
            to.answered(endpoint, context.loop, response.status());
            if (retries.covers(response.status()) && kept.complete() && !by.informed()) {
                UpstreamEndpoint next = retries.elsewhere(to, endpoint);
                if (next != null) {
                    by.cancel();
                    attempt = null;
                    retry(to, endpoint, next, null, true);
                    return;
                }
            }
        }
        kept.clear();
        upgraded = by.stage() == Attempt.Stage.SWITCHED;
        if (end) {
            ended(by);
        }
        listener.responseHead(response, end);
    }

    void responseBody(Attempt by, ByteBuf data, boolean end) {
        // The end of one direction of a tunnel is not that of the call.
        if (end && !upgraded) {
            ended(by);
        }
        listener.responseBody(data, end);
    }

    void responseTrailers(Attempt by, Headers trailers) {
        ended(by);
        listener.responseTrailers(trailers);
    }

    private void ended(Attempt by) {
        by.ended();
        attempt = null;
        spare = by;
    }

    /// Stops or restarts the response.
    public void reading(boolean on) {
        Attempt now = attempt;
        UpstreamCall call = now == null ? null : now.call();
        if (call != null) {
            call.reading(on);
        }
    }

    boolean upgraded() {
        return upgraded;
    }

    // ---- another attempt

    /// An attempt has ended without a complete response.
    ///
    /// @param before how far it was
    void failed(Attempt by, Attempt.Stage before, ProxyFailure failure) {
        if (by != attempt) {
            return;
        }
        attempt = null;
        Upstream to = upstream;
        UpstreamEndpoint endpoint = by.endpoint();
        if (to == null || endpoint == null || before == Attempt.Stage.ANSWERED || before == Attempt.Stage.SWITCHED) {
            listener.failed(failure);
            return;
        }
        boolean repeatable = retries.idempotent() && kept.complete() && !by.informed();
        boolean unsent = before == Attempt.Stage.CONNECTING;
        boolean refused = failure.kind() == Kind.UPSTREAM_REFUSED;
        if (by.reused() && failure.retryable() && repeatable && !refused && replace(to, endpoint)) {
            return; // The endpoint had closed the connection before the request came: this says nothing about the endpoint.
        }
        to.failed(endpoint, context.loop, failure);
        if (retries.covers(failure) && (repeatable || (unsent || refused) && kept.complete())) {
            UpstreamEndpoint next = retries.elsewhere(to, endpoint);
            if (next != null) {
                retry(to, endpoint, next, failure, !unsent);
                return;
            }
            if (refused && replace(to, endpoint)) {
                return; // The connection takes no more requests, its endpoint may.
            }
        }
        listener.failed(failure);
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

    /// @param counts whether it takes a place among the repetitions of the cluster: something was sent
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

    /// Takes a place among the repetitions, while a pause lasts.
    boolean tryBudget() {
        Upstream to = upstream;
        return to == null || retries.tryBudget(to);
    }

    /// The pause after a failed attempt is over.
    void again(UpstreamEndpoint failed) {
        Upstream to = upstream;
        UpstreamEndpoint picked = to == null ? null : to.pick(context.loop, failed);
        if (to == null || picked == null) {
            listener.failed(Failures.NO_ENDPOINTS);
        } else {
            connect(to, picked, false);
        }
    }

    // ---- the end

    void broke(Throwable thrown) {
        listener.broke(thrown);
    }

    /// A tunnel needs the attempt and nothing else.
    void forget() {
        stats = null;
        head = null;
        Upstream to = upstream;
        if (to != null) {
            upstream = null;
            to.inFlight().end(context.loop);
            retries.end(to);
        }
    }

    /// Gives up; the listener hears nothing of this request any more.
    void cancel() {
        pause.clear();
        kept.clear();
        Attempt now = attempt;
        if (now != null) {
            attempt = null;
            now.cancel();
        }
    }

    /// The exchange is over.
    public void end() {
        cancel();
        forget();
        congested = false;
    }

    /// Ends it, and it carries no other request.
    public void discard() {
        end();
        Attempt last = spare;
        if (last != null) {
            last.discard();
        }
    }
}
