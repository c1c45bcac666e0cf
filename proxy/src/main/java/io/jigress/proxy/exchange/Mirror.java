package io.jigress.proxy.exchange;

import io.jigress.api.Headers;
import io.jigress.api.ProxyFailure;
import io.jigress.api.ResponseHead;
import io.jigress.config.RetryPolicy;
import io.jigress.proxy.compile.CompiledRoute;
import io.jigress.proxy.loop.Timeout;
import io.jigress.proxy.upstream.Upstream;
import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/// Sends a copy of a request to another cluster and discards the response. It never slows the request down: if its upstream accepts less than
/// arrives, the copy is cancelled and counted. It may outlive the exchange. Event loop only.
final class Mirror implements ForwarderListener {
    /// The inactivity timeout of the upstream.
    private static final long SILENCE_NANOS = 60_000_000_000L;

    private final ExchangeContext context;
    private final CompiledRoute.Target target;
    private final String route;
    private final Forwarder forwarder;
    private final Timeout silence = new Timeout() {
        @Override
        protected void expired() {
            giveUp();
        }
    };
    private long began;
    private boolean whole;
    private boolean over;

    private Mirror(ExchangeContext context, CompiledRoute.Target target, String route) {
        this.context = context;
        this.target = target;
        this.route = route;
        this.forwarder = new Forwarder(context, this);
    }

    /// Sends the head.
    ///
    /// @param last no body follows
    /// @return null when nothing can be sent
    static @Nullable Mirror begin(ExchangeContext context, CompiledRoute.Target target, CopiedRequest head, boolean last,
            CompiledRoute route) {
        Upstream upstream = target.upstream();
        if (upstream == null) {
            return null;
        }
        if (!context.retryMemory.tryMirror()) {
            context.loop.metrics().mirrorsDropped++;
            return null;
        }
        Mirror mirror = new Mirror(context, target, route.route().origin());
        mirror.whole = last;
        mirror.moved();
        mirror.forwarder.start(target.stats(context.loop), upstream, head, last, route.attemptNanos(), RetryPolicy.NEVER);
        return mirror;
    }

    /// A part of the request's body; takes ownership.
    void body(ByteBuf data, boolean last) {
        if (over) {
            data.release();
        } else if (forwarder.isCongested()) {
            data.release();
            giveUp();
        } else {
            whole = last;
            forwarder.send(data, last);
        }
    }

    void trailers(Headers trailers) {
        if (!over) {
            whole = true;
            forwarder.sendTrailers(trailers);
        }
    }

    /// Nothing more of the request comes.
    void requestOver() {
        if (!whole) {
            giveUp();
        }
    }

    private void giveUp() {
        if (!over) {
            context.loop.metrics().mirrorsDropped++;
            end();
        }
    }

    private void end() {
        if (!over) {
            over = true;
            context.loop.timers().remove(silence);
            context.retryMemory.mirrorOver();
            forwarder.discard();
        }
    }

    private void moved() {
        context.loop.timers().set(silence, context.loop.nanoTime() + SILENCE_NANOS);
    }

    // ---- what comes back

    @Override
    public void attempt(int number, String endpoint, long beganNanos) {
        began = beganNanos;
    }

    @Override
    public void informational(ResponseHead head) {
        moved();
    }

    @Override
    public void responseHead(ResponseHead head, boolean last) {
        target.stats(context.loop).answered(context.loop.nanoTime() - began);
        endOrGoOn(last);
    }

    @Override
    public void responseBody(ByteBuf data, boolean last) {
        data.release();
        endOrGoOn(last);
    }

    @Override
    public void responseTrailers(Headers trailers) {
        end();
    }

    private void endOrGoOn(boolean last) {
        if (last) {
            end();
        } else {
            moved();
        }
    }

    @Override
    public void retried(@Nullable ProxyFailure failure) {}

    @Override
    public void failed(ProxyFailure failure) {
        target.stats(context.loop).failure(failure.kind());
        end();
    }

    @Override
    public void upstreamCongested(boolean yes) {}

    @Override
    public void broke(Throwable thrown) {
        context.faults.tell("-", route, thrown);
        end();
    }
}
