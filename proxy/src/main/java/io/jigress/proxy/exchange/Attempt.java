package io.jigress.proxy.exchange;

import io.jigress.api.ConnectionFacts;
import io.jigress.api.Headers;
import io.jigress.api.ProxyFailure;
import io.jigress.api.ResponseHead;
import io.jigress.api.ResponseSink;
import io.jigress.api.UpstreamCall;
import io.jigress.api.UpstreamSession;
import io.jigress.proxy.loop.Timeout;
import io.jigress.proxy.upstream.ConnectionPools;
import io.jigress.proxy.upstream.UpstreamEndpoint;
import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/// One attempt to get a response to a request: an endpoint, a call on one of its connections, and its timeout.
///
/// The pool and the protocol call it back; callbacks that come after its end are ignored. An exception in a callback ends the exchange and
/// not the connection. Event loop only. An attempt whose call ended by itself is reused for a later request; any other is garbage.
final class Attempt implements ResponseSink, ConnectionPools.Waiter {

    /// How far it is.
    enum Stage {
        /// It waits for a connection; nothing has been sent.
        CONNECTING,
        /// The call is open; there is no final response head yet.
        SENT,
        /// The final head has come.
        ANSWERED,
        /// The endpoint has switched to another protocol: bytes are passed on unchanged, and each direction ends separately.
        SWITCHED,
        /// It has ended: further callbacks are ignored.
        OVER
    }

    private final ExchangeContext context;
    private final Forwarder forwarder;
    private final HeadTimeout timeout = new HeadTimeout();

    private Stage stage = Stage.OVER;
    private @Nullable UpstreamEndpoint endpoint;
    private @Nullable UpstreamCall call;
    private boolean reused;
    private boolean informed;
    private long sent;
    private long beganNanos;

    Attempt(ExchangeContext context, Forwarder forwarder) {
        this.context = context;
        this.forwarder = forwarder;
    }

    /// Begins an attempt for which a connection is being requested.
    void begin(UpstreamEndpoint to, long nowNanos) {
        endpoint = to;
        beganNanos = nowNanos;
        stage = Stage.CONNECTING;
        call = null;
        reused = false;
        informed = false;
        sent = 0;
    }

    Stage stage() {
        return stage;
    }

    @Nullable UpstreamEndpoint endpoint() {
        return endpoint;
    }

    /// On the clock of the loop.
    long beganNanos() {
        return beganNanos;
    }

    /// Whether the connection carried calls before.
    boolean reused() {
        return reused;
    }

    /// Whether anything of a response has come, informational heads included.
    boolean informed() {
        return informed;
    }

    /// The call to send on; null while there is none.
    @Nullable UpstreamCall call() {
        return call;
    }

    /// A part of the body; takes ownership.
    void send(UpstreamCall open, ByteBuf data, boolean last) {
        sent += data.readableBytes();
        open.body(data, last);
    }

    /// The bytes of the request's body that the upstream has accepted; the number changes with each progress.
    long taken() {
        UpstreamCall open = call;
        return open == null ? 0 : sent - open.untaken();
    }

    boolean isAwaited() {
        UpstreamCall open = call;
        return stage == Stage.CONNECTING || open != null && open.untaken() > 0;
    }

    /// The whole request has been sent: starts the timeout for the response head.
    void awaitHead(long nanos) {
        if (nanos > 0 && stage == Stage.SENT) {
            context.loop.timers().set(timeout, context.loop.nanoTime() + nanos);
        }
    }

    /// Cancels the attempt. Further callbacks are ignored.
    void cancel() {
        Stage before = stage;
        UpstreamCall open = call;
        discard();
        if (before == Stage.CONNECTING) {
            context.pools.cancel(this);
        } else if (open != null) {
            open.cancel();
        }
    }

    private void over() {
        context.loop.timers().clear(timeout);
        stage = Stage.OVER;
        call = null;
    }

    /// It is not reused: the timer wheel drops its reference now instead of when the timeout would have expired.
    void discard() {
        over();
        context.loop.timers().remove(timeout);
    }

    // ---- callbacks of the pool

    @Override
    public @Nullable ConnectionFacts client() {
        return forwarder.client();
    }

    @Override
    public void acquired(UpstreamSession session, boolean reused) {
        if (stage != Stage.CONNECTING) {
            throw new IllegalStateException("a connection for an attempt that is over");
        }
        this.reused = reused;
        UpstreamCall opened = forwarder.open(session, this);
        if (stage != Stage.CONNECTING) {
            return; // The protocol has failed the call although it must not do so from within open.
        }
        stage = Stage.SENT;
        call = opened;
        try {
            forwarder.opened(this, opened);
        } catch (OutOfMemoryError e) {
            throw e;
        } catch (Throwable e) {
            forwarder.broke(e);
        }
    }

    // ---- callbacks of the protocol

    @Override
    public void informational(ResponseHead head) {
        if (stage != Stage.SENT) {
            return;
        }
        informed = true;
        try {
            forwarder.informational(this, head);
        } catch (OutOfMemoryError e) {
            throw e; // The connection that was being read handles it.
        } catch (Throwable e) {
            forwarder.broke(e);
        }
    }

    @Override
    public void head(ResponseHead head, boolean last) {
        answered(Stage.ANSWERED, head, last);
    }

    @Override
    public void switched(ResponseHead head) {
        answered(Stage.SWITCHED, head, false);
    }

    private void answered(Stage now, ResponseHead head, boolean last) {
        if (stage != Stage.SENT) {
            return;
        }
        context.loop.timers().clear(timeout);
        stage = now;
        try {
            forwarder.answered(this, head, last);
        } catch (OutOfMemoryError e) {
            throw e;
        } catch (Throwable e) {
            forwarder.broke(e);
        }
    }

    /// The response is whole; the attempt may serve another request.
    void ended() {
        over();
    }

    @Override
    public void body(ByteBuf data, boolean last) {
        if (stage != Stage.ANSWERED && stage != Stage.SWITCHED) {
            data.release();
            return;
        }
        try {
            forwarder.responseBody(this, data, last);
        } catch (OutOfMemoryError e) {
            throw e;
        } catch (Throwable e) {
            forwarder.broke(e);
        }
    }

    @Override
    public void trailers(Headers trailers) {
        if (stage != Stage.ANSWERED) {
            return;
        }
        try {
            forwarder.responseTrailers(this, trailers);
        } catch (OutOfMemoryError e) {
            throw e;
        } catch (Throwable e) {
            forwarder.broke(e);
        }
    }

    @Override
    public void failed(ProxyFailure failure) {
        if (stage == Stage.OVER) {
            return;
        }
        Stage before = stage;
        discard();
        try {
            forwarder.failed(this, before, failure);
        } catch (OutOfMemoryError e) {
            throw e;
        } catch (Throwable e) {
            forwarder.broke(e);
        }
    }

    @Override
    public void writable() {
        if (call == null) {
            return;
        }
        try {
            forwarder.writable(this);
        } catch (OutOfMemoryError e) {
            throw e;
        } catch (Throwable e) {
            forwarder.broke(e);
        }
    }

    private final class HeadTimeout extends Timeout {
        @Override
        protected void expired() {
            if (stage == Stage.SENT) {
                try {
                    cancel();
                    forwarder.failed(Attempt.this, Stage.SENT, Failures.SLOW_ATTEMPT);
                } catch (Throwable e) {
                    forwarder.broke(e);
                }
            }
        }
    }
}
