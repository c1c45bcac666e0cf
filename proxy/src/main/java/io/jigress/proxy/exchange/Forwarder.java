package io.jigress.proxy.exchange;

import io.jigress.api.Headers;
import io.jigress.api.ProxyFailure;
import io.jigress.api.RequestHead;
import io.jigress.api.ResponseHead;
import io.jigress.api.ResponseSink;
import io.jigress.api.UpstreamCall;
import io.jigress.api.UpstreamSession;
import io.jigress.proxy.compile.CompiledRoute;
import io.jigress.proxy.loop.Timeout;
import io.jigress.proxy.upstream.ConnectionPools;
import io.jigress.proxy.upstream.Upstream;
import io.jigress.proxy.upstream.UpstreamEndpoint;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.CompositeByteBuf;
import org.jspecify.annotations.Nullable;

/// Carries a request to an endpoint and the response back: picks, connects, sends; the only loop over endpoints. A connection
/// that turns out to have been closed before it was used is replaced once, for requests that are safe to send again.
final class Forwarder implements ResponseSink, ConnectionPools.Waiter {

    /// The exchange that is being forwarded.
    interface Listener {
        void attempt(int number, String endpoint);

        void informational(ResponseHead head);

        void responseHead(ResponseHead head, boolean last);

        /// Takes ownership.
        void responseBody(ByteBuf data, boolean last);

        void responseTrailers(Headers trailers);

        void failed(ProxyFailure failure);

        void upstreamCongested(boolean yes);

        /// Something in here, or in what the listener was told, threw.
        void broke(Throwable thrown);
    }

    /// What may wait for a connection before the client is told to pause.
    private static final int WAITING_BYTES = 64 * 1024;

    private final ExchangeContext context;
    private final Listener listener;
    private final AttemptTimeout timeout = new AttemptTimeout();

    private @Nullable Upstream upstream;
    private CompiledRoute.@Nullable Target target;
    private @Nullable RequestHead head;
    private @Nullable UpstreamCall call;
    private @Nullable ByteBuf waiting;
    private @Nullable Headers waitingTrailers;
    private long attemptNanos;
    private long sent;
    private int attempts;
    private boolean last;
    private boolean waitingLast;
    private boolean acquiring;
    private boolean reused;
    private boolean bodySent;
    private boolean answered;
    private boolean headSeen;
    private boolean upgraded;
    private boolean congested;

    Forwarder(ExchangeContext context, Listener listener) {
        this.context = context;
        this.listener = listener;
    }

    /// @param last no body follows
    void start(CompiledRoute.Target to, Upstream by, RequestHead request, boolean last, long attemptNanos) {
        target = to;
        upstream = by;
        head = request;
        this.last = last;
        this.attemptNanos = attemptNanos;
        attempts = 0;
        bodySent = false;
        sent = 0;
        answered = false;
        headSeen = false;
        upgraded = false;
        congested = false;
        connect(false);
    }

    private void connect(boolean fresh) {
        Upstream to = upstream;
        if (to == null) {
            return;
        }
        UpstreamEndpoint picked = to.pick(context.loop, null);
        if (picked == null) {
            listener.failed(Failures.NO_ENDPOINTS);
            return;
        }
        attempts++;
        CompiledRoute.Target drawn = target;
        if (drawn != null) {
            drawn.stats(context.loop).attempt(attempts > 1);
        }
        listener.attempt(attempts, picked.text());
        acquiring = true;
        context.pools.acquire(to, picked, fresh, this);
    }

    @Override
    public void acquired(UpstreamSession session, boolean reused) {
        acquiring = false;
        RequestHead request = head;
        if (request == null) {
            throw new IllegalStateException("a connection for an exchange that is over");
        }
        this.reused = reused;
        UpstreamCall opened = session.open(request, last, this);
        call = opened;
        try {
            opened(opened);
        } catch (OutOfMemoryError e) {
            throw e;
        } catch (Throwable e) {
            listener.broke(e);
        }
    }

    private void opened(UpstreamCall opened) {
        if (last) {
            awaitHead();
        }
        ByteBuf queued = waiting;
        Headers trailers = waitingTrailers;
        waiting = null;
        waitingTrailers = null;
        if (queued != null) {
            bodySent = true;
            sent += queued.readableBytes();
            opened.body(queued, waitingLast);
            if (waitingLast) {
                awaitHead();
            }
        }
        if (trailers != null) {
            opened.trailers(trailers);
            awaitHead();
        }
        if (congested && opened.writable()) {
            congest(false);
        }
    }
    /// The request is out: from now on the upstream is on the clock.
    private void awaitHead() {
        if (attemptNanos > 0 && call != null && !headSeen) {
            context.loop.timers().set(timeout, context.loop.nanoTime() + attemptNanos);
        }
    }

    boolean isCongested() { return congested; }

    /// Whether the request waits for the upstream: for a connection, or to be taken.
    boolean isAwaited() {
        UpstreamCall open = call;
        return acquiring || congested || open != null && open.untaken() > 0;
    }

    /// A number that changes whenever the upstream takes something of the request.
    long taken() {
        UpstreamCall open = call;
        return open == null ? 0 : sent - open.untaken();
    }

    long heldBytes() {
        ByteBuf queued = waiting;
        return queued == null ? 0 : queued.readableBytes();
    }

    /// A tunnel needs the call and nothing else.
    void forget() {
        upstream = null;
        target = null;
        head = null;
    }

    /// A part of the request's body; takes ownership.
    void send(ByteBuf data, boolean last) {
        UpstreamCall open = call;
        if (open != null) {
            bodySent = true;
            sent += data.readableBytes();
            open.body(data, last);
            if (last) {
                awaitHead();
            } else if (!open.writable()) {
                congest(true);
            }
        } else if (acquiring) {
            ByteBuf before = waiting;
            if (before == null) {
                waiting = data;
            } else {
                CompositeByteBuf both = before instanceof CompositeByteBuf composite
                        ? composite
                        : before.alloc().compositeBuffer(Integer.MAX_VALUE).addComponent(true, before);
                waiting = both.addComponent(true, data);
            }
            waitingLast = last;
            if (data.readableBytes() > WAITING_BYTES || waiting.readableBytes() > WAITING_BYTES) {
                congest(true);
            }
        } else {
            data.release();
        }
    }

    void sendTrailers(Headers trailers) {
        UpstreamCall open = call;
        if (open != null) {
            bodySent = true;
            open.trailers(trailers);
            awaitHead();
        } else {
            waitingTrailers = trailers;
        }
    }

    /// Stops or restarts the response.
    void reading(boolean on) {
        UpstreamCall open = call;
        if (open != null) {
            open.reading(on);
        }
    }

    boolean upgraded() {
        return upgraded;
    }

    private void congest(boolean yes) {
        if (congested != yes) {
            congested = yes;
            listener.upstreamCongested(yes);
        }
    }

    /// Gives up; the listener hears nothing of this attempt any more.
    void cancel() {
        context.loop.timers().clear(timeout);
        if (acquiring) {
            acquiring = false;
            context.pools.cancel(this);
        }
        ByteBuf queued = waiting;
        if (queued != null) {
            waiting = null;
            queued.release();
        }
        waitingTrailers = null;
        UpstreamCall open = call;
        if (open != null) {
            call = null;
            open.cancel();
        }
    }

    /// The exchange is over.
    void end() {
        cancel();
        upstream = null;
        target = null;
        head = null;
        congested = false;
    }

    /// The call ended by itself.
    private void over() {
        context.loop.timers().clear(timeout);
        call = null;
    }

    // ---- what the connection tells

    @Override
    public void informational(ResponseHead informational) {
        try {
            inform(informational);
        } catch (OutOfMemoryError e) {
            throw e; // The connection that was read knows what to do.
        } catch (Throwable e) {
            listener.broke(e);
        }
    }

    private void inform(ResponseHead informational) {
        answered = true;
        listener.informational(informational);
    }

    @Override
    public void head(ResponseHead response, boolean last) {
        try {
            answer(response, last);
        } catch (OutOfMemoryError e) {
            throw e; // The connection that was read knows what to do.
        } catch (Throwable e) {
            listener.broke(e);
        }
    }

    private void answer(ResponseHead response, boolean last) {
        context.loop.timers().clear(timeout);
        answered = true;
        headSeen = true;
        upgraded = response.status() == 101;
        if (last) {
            over();
        }
        listener.responseHead(response, last);
    }

    @Override
    public void trailers(Headers trailers) {
        try {
            end(trailers);
        } catch (OutOfMemoryError e) {
            throw e; // The connection that was read knows what to do.
        } catch (Throwable e) {
            listener.broke(e);
        }
    }

    private void end(Headers trailers) {
        over();
        listener.responseTrailers(trailers);
    }

    @Override
    public void body(ByteBuf data, boolean last) {
        try {
            pass(data, last);
        } catch (OutOfMemoryError e) {
            throw e; // The connection that was read knows what to do.
        } catch (Throwable e) {
            listener.broke(e);
        }
    }

    private void pass(ByteBuf data, boolean last) {
        // The end of one direction of a tunnel is not that of the call.
        if (last && !upgraded) {
            over();
        }
        listener.responseBody(data, last);
    }

    @Override
    public void failed(ProxyFailure failure) {
        try {
            fail(failure);
        } catch (OutOfMemoryError e) {
            throw e; // The connection that was read knows what to do.
        } catch (Throwable e) {
            listener.broke(e);
        }
    }

    private void fail(ProxyFailure failure) {
        boolean stale = failure.retryable() && reused && !answered && !bodySent && call != null;
        over();
        acquiring = false;
        RequestHead request = head;
        if (stale && request != null && attempts == 1 && repeatable(request.method())) {
            connect(true);
            return;
        }
        listener.failed(failure);
    }

    /// Idempotent by definition (RFC 9110, 9.2.2).
    private static boolean repeatable(String method) {
        return switch (method) {
            case "GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE" -> true;
            default -> false;
        };
    }

    @Override
    public void writable() {
        try {
            resume();
        } catch (OutOfMemoryError e) {
            throw e; // The connection that was read knows what to do.
        } catch (Throwable e) {
            listener.broke(e);
        }
    }

    private void resume() {
        congest(false);
    }

    private final class AttemptTimeout extends Timeout {
        @Override
        protected void expired() {
            try {
                if (call != null && !headSeen) {
                    cancel();
                    listener.failed(Failures.SLOW_ATTEMPT);
                }
            } catch (Throwable e) {
                listener.broke(e);
            }
        }
    }
}
