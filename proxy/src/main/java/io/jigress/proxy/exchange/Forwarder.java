package io.jigress.proxy.exchange;

import io.jigress.api.ConnectionFacts;
import io.jigress.api.Headers;
import io.jigress.api.ProxyFailure;
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

/// Sends a request to an endpoint and passes the response back; [Attempts] chooses the endpoints and connects. Event loop only.
public final class Forwarder {
    /// If more bytes than this wait for a connection, reading from the client is paused.
    private static final int WAITING_BYTES = 64 * 1024;

    final ForwarderListener listener;
    private final KeptBody kept;
    private final Attempts attempts;

    private @Nullable RequestHead head;
    private long attemptNanos;
    /// The request has no body.
    private boolean last;
    private boolean congested;
    private boolean upgraded;

    public Forwarder(ExchangeContext context, ForwarderListener listener) {
        this.listener = listener;
        this.kept = new KeptBody(context.retryMemory);
        this.attempts = new Attempts(context, this, listener, kept);
    }

    /// Sends the first attempt of the next request to this endpoint; null for one that the load balancing picks.
    void to(@Nullable UpstreamEndpoint endpoint) {
        attempts.to(endpoint);
    }

    /// @param last no body follows
    public void start(ClusterStats counts, Upstream by, RequestHead request, boolean last, long attemptNanos,
            RetryPolicy policy) {
        head = request;
        this.last = last;
        this.attemptNanos = attemptNanos;
        congested = false;
        upgraded = false;
        attempts.begin(counts, by, request, last, policy);
    }

    // ---- the request

    /// The client's connection that the request came on.
    @Nullable ConnectionFacts client() {
        return listener.client();
    }

    /// Opens the call of an attempt that has its connection.
    UpstreamCall open(UpstreamSession session, Attempt by) {
        RequestHead request = head;
        if (request == null || !attempts.isUnderWay(by)) {
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
        Attempt now = attempts.current();
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
        Attempt now = attempts.current();
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

    /// Whether the request waits for a connection.
    private boolean isWaiting() {
        Attempt now = attempts.current();
        return now == null ? attempts.isPausing() : now.stage() == Attempt.Stage.CONNECTING;
    }

    public boolean isCongested() { return congested; }

    /// Whether the request waits for the upstream: for a connection, or until it accepts more bytes.
    boolean isAwaited() {
        Attempt now = attempts.current();
        return congested || attempts.isPausing() || now != null && now.isAwaited();
    }

    /// The bytes of the request's body that the upstream has accepted; the number changes with each progress.
    public long taken() {
        Attempt now = attempts.current();
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
        if (attempts.isUnderWay(by)) {
            congest(false);
        }
    }

    // ---- the response

    void informational(Attempt by, ResponseHead informational) {
        attempts.win(by, informational.status());
        listener.informational(informational);
    }

    void answered(Attempt by, ResponseHead response, boolean end) {
        if (attempts.retries(by, response)) {
            return;
        }
        attempts.win(by, response.status());
        kept.clear();
        upgraded = by.stage() == Attempt.Stage.SWITCHED;
        if (end) {
            attempts.ended(by);
        }
        listener.responseHead(response, end);
    }

    void responseBody(Attempt by, ByteBuf data, boolean end) {
        // The end of one direction of a tunnel does not end the call.
        if (end && !upgraded) {
            attempts.ended(by);
        }
        listener.responseBody(data, end);
    }

    void responseTrailers(Attempt by, Headers trailers) {
        attempts.ended(by);
        listener.responseTrailers(trailers);
    }

    /// Pauses or resumes reading of the response.
    public void reading(boolean on) {
        Attempt now = attempts.current();
        UpstreamCall call = now == null ? null : now.call();
        if (call != null) {
            call.reading(on);
        }
    }

    boolean upgraded() {
        return upgraded;
    }

    /// An attempt has ended without a complete response.
    ///
    /// @param before how far it was
    void failed(Attempt by, Attempt.Stage before, ProxyFailure failure) {
        attempts.failed(by, before, failure);
    }

    // ---- the end

    void broke(Throwable thrown) {
        listener.broke(thrown);
    }

    /// The exchange has become a tunnel, which keeps the attempt only.
    void forget() {
        head = null;
        attempts.forget();
    }

    /// Cancels the request; the listener is not called for it any more.
    void cancel() {
        kept.clear();
        attempts.cancel();
    }

    /// The exchange is over.
    public void end() {
        cancel();
        forget();
        congested = false;
    }

    /// Ends it for good: it is not reused.
    public void discard() {
        end();
        attempts.discard();
    }
}
