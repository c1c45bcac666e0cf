package io.jigress.proxy.call;

import io.jigress.api.Headers;
import io.jigress.api.ProxyFailure;
import io.jigress.api.ProxyFailure.Origin;
import io.jigress.api.RequestHead;
import io.jigress.api.ResponseHead;
import io.jigress.config.RetryPolicy;
import io.jigress.proxy.exchange.Deadlines;
import io.jigress.proxy.exchange.ExchangeContext;
import io.jigress.proxy.exchange.Forwarder;
import io.jigress.proxy.exchange.ForwarderListener;
import io.jigress.proxy.loop.Loop;
import io.jigress.proxy.telemetry.ClusterStats;
import io.jigress.proxy.upstream.Upstream;
import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/// Carries out one call after another: a forwarder, the timeouts of the call, and its metrics. It has no call while it is kept for reuse.
/// Event loop only.
final class Carrier implements ForwarderListener, Deadlines.Expiry {
    private final Loop loop;
    private final Forwarder forwarder;
    private final Deadlines deadlines;

    private @Nullable FilterCall call;
    private @Nullable ClusterStats stats;
    private long attemptBegan;
    private long taken;
    /// Bytes that the call has sent since it was told to wait.
    private long overrun;
    private boolean starting;

    Carrier(ExchangeContext context) {
        this.loop = context.loop();
        this.forwarder = new Forwarder(context, this);
        this.deadlines = new Deadlines(loop, this);
    }

    void start(FilterCall of, Upstream to, RequestHead head, boolean last, CallTimes times) {
        call = of;
        ClusterStats counts = loop.metrics().cluster(to.cluster().origin());
        stats = counts;
        taken = 0;
        overrun = 0;
        starting = true;
        deadlines.begin(loop.nanoTime(), times.deadlineNanos(), times.idleNanos());
        forwarder.start(counts, to, head, last, times.headNanos(), RetryPolicy.DEFAULT);
        starting = false;
    }

    /// The call has ended; further events are ignored.
    void end() {
        call = null;
        stats = null;
        deadlines.clear();
        forwarder.end();
    }

    /// It is not reused.
    void discard() {
        deadlines.remove();
        forwarder.discard();
    }

    // ---- the request

    /// Takes ownership.
    ///
    /// @param limit of bytes that may follow after the call was told to wait
    /// @return false when it is exceeded; nothing was sent then
    boolean send(ByteBuf data, boolean last, int limit) {
        deadlines.touch();
        if (forwarder.isCongested()) {
            overrun += data.readableBytes();
            if (overrun > limit) {
                data.release();
                return false;
            }
        }
        forwarder.send(data, last);
        return true;
    }

    void sendTrailers(Headers trailers) {
        deadlines.touch();
        forwarder.sendTrailers(trailers);
    }

    boolean writable() {
        return !forwarder.isCongested();
    }

    void reading(boolean on) {
        forwarder.reading(on);
    }

    // ---- events of the forwarder

    @Override
    public void attempt(int number, String endpoint, long beganNanos) {
        attemptBegan = beganNanos;
    }

    @Override
    public void retried(@Nullable ProxyFailure failure) {
        if (failure != null) {
            count(failure);
        }
    }

    private void count(ProxyFailure failure) {
        ClusterStats counts = stats;
        if (counts != null && failure.origin() == Origin.UPSTREAM) {
            counts.failure(failure.kind());
        }
    }

    @Override
    public void informational(ResponseHead head) {
        deadlines.touch();
        FilterCall now = call;
        if (now != null) {
            now.informational(head);
        }
    }

    @Override
    public void responseHead(ResponseHead head, boolean last) {
        deadlines.touch();
        ClusterStats counts = stats;
        if (counts != null) {
            counts.answered(loop.nanoTime() - attemptBegan);
        }
        FilterCall now = call;
        if (now != null) {
            now.responseHead(head, last);
        }
    }

    @Override
    public void responseBody(ByteBuf data, boolean last) {
        deadlines.touch();
        FilterCall now = call;
        if (now == null) {
            data.release();
        } else {
            now.responseBody(data, last);
        }
    }

    @Override
    public void responseTrailers(Headers trailers) {
        FilterCall now = call;
        if (now != null) {
            now.responseTrailers(trailers);
        }
    }

    @Override
    public void failed(ProxyFailure failure) {
        count(failure);
        FilterCall now = call;
        if (now != null) {
            // The filter does not have the call object before the method that opens it has returned.
            if (starting) {
                now.failLater(failure);
            } else {
                now.fail(failure);
            }
        }
    }

    @Override
    public void upstreamCongested(boolean yes) {
        FilterCall now = call;
        if (!yes && now != null) {
            overrun = 0;
            now.becameWritable();
        }
    }

    @Override
    public void broke(Throwable thrown) {
        FilterCall now = call;
        if (now != null) {
            now.broke(thrown);
        }
    }

    // ---- time

    @Override
    public boolean moved() {
        long now = forwarder.taken();
        boolean moved = now != taken;
        taken = now;
        return moved;
    }

    @Override
    public void expired(boolean silence) {
        FilterCall now = call;
        if (now != null) {
            now.expired(silence);
        }
    }

    void countExpired(ProxyFailure failure) {
        count(failure);
    }
}
