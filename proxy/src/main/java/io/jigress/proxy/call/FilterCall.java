package io.jigress.proxy.call;

import io.jigress.api.Headers;
import io.jigress.api.ListHeaders;
import io.jigress.api.ProxyFailure;
import io.jigress.api.ResponseHead;
import io.jigress.api.ResponseSink;
import io.jigress.api.UpstreamCall;
import io.jigress.proxy.exchange.Failures;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A call from the filter's point of view: once ended it stays ended, while its [Carrier] is reused for others. An exception of the sink ends this call
/// only. Event loop only.
final class FilterCall implements UpstreamCall {
    private static final Logger LOG = LoggerFactory.getLogger(FilterCall.class);

    private final LoopCallers owner;
    private final ResponseSink sink;
    /// Whether each direction ends by itself.
    private final boolean channel;
    /// Null when the call is over.
    private @Nullable Carrier carrier;
    /// The failure that the sink has yet to be told, of a call that has ended.
    private @Nullable ProxyFailure untold;
    /// The list of the calls in flight: see [LoopCallers].
    @Nullable FilterCall previous;
    @Nullable FilterCall next;
    private boolean sent;
    private boolean received;
    private boolean paused;

    FilterCall(LoopCallers owner, ResponseSink sink, boolean channel, boolean sent) {
        this.owner = owner;
        this.sink = sink;
        this.channel = channel;
        this.sent = sent;
    }

    void begin(Carrier by) {
        carrier = by;
    }

    /// Whether the request has been sent to its end.
    boolean isSent() { return sent; }

    private void end() {
        Carrier used = carrier;
        if (used != null) {
            carrier = null;
            used.end();
            owner.ended(this, used);
        }
    }

    // ---- what the filter does

    @Override
    public void body(ByteBuf data, boolean last) {
        Carrier by = carrier;
        if (by == null || sent) {
            data.release();
            return;
        }
        sent = last;
        if (!by.send(data, last, owner.heldBytes())) {
            failLater(CallFailures.NOT_AWAITED);
        } else if (channel && last && received) {
            end();
        }
    }

    @Override
    public void trailers(Headers trailers) {
        Carrier by = carrier;
        if (channel) {
            body(Unpooled.EMPTY_BUFFER, true);
        } else if (by != null && !sent) {
            sent = true;
            by.sendTrailers(trailers);
        }
    }

    @Override
    public boolean writable() {
        Carrier by = carrier;
        return by != null && by.writable();
    }

    @Override
    public void reading(boolean on) {
        Carrier by = carrier;
        paused = !on;
        if (by != null) {
            by.reading(on);
        }
    }

    @Override
    public void cancel() {
        untold = null;
        end();
    }

    /// The filter is closed.
    void abandon() {
        cancel();
        if (sink instanceof UnaryCall unary) {
            unary.drop();
        }
    }

    // ---- events for the sink

    void informational(ResponseHead head) {
        try {
            sink.informational(head);
        } catch (RuntimeException | LinkageError e) {
            sinkBroke(e);
        }
    }

    void responseHead(ResponseHead head, boolean last) {
        Carrier by = carrier;
        // The protocol reuses its head object for the next response.
        ResponseHead own = ResponseHead.copyOf(head);
        if (last) {
            received = true;
            end();
        } else if (paused && by != null) {
            by.reading(false);
        }
        try {
            if (channel) {
                sink.switched(own);
            } else {
                sink.head(own, last);
            }
        } catch (RuntimeException | LinkageError e) {
            sinkBroke(e);
        }
    }

    void responseBody(ByteBuf data, boolean last) {
        received = last;
        if (last && (!channel || sent)) {
            end();
        }
        try {
            sink.body(data, last);
        } catch (RuntimeException | LinkageError e) {
            sinkBroke(e);
        }
    }

    void responseTrailers(Headers trailers) {
        end();
        try {
            sink.trailers(ListHeaders.copyOf(trailers));
        } catch (RuntimeException | LinkageError e) {
            sinkBroke(e);
        }
    }

    void becameWritable() {
        try {
            sink.writable();
        } catch (RuntimeException | LinkageError e) {
            sinkBroke(e);
        }
    }

    void fail(ProxyFailure failure) {
        end();
        try {
            sink.failed(failure);
        } catch (RuntimeException | LinkageError e) {
            sinkBroke(e);
        }
    }

    /// Ends the call at once, and tells the sink when the filter's own method has returned.
    void failLater(ProxyFailure failure) {
        end();
        untold = failure;
        owner.later(() -> {
            ProxyFailure told = untold;
            if (told != null) {
                untold = null;
                fail(told);
            }
        });
    }

    void expired(boolean silence) {
        ProxyFailure failure = silence ? Failures.SILENCE : Failures.SLOW_REQUEST;
        Carrier by = carrier;
        if (by != null) {
            by.countExpired(failure);
        }
        fail(failure);
    }

    /// A fault of the program.
    void broke(Throwable thrown) {
        LOG.error("a call of filter {} failed: a bug", owner.filter(), thrown);
        fail(Failures.INTERNAL_ERROR);
    }

    private void sinkBroke(Throwable thrown) {
        LOG.error("filter {} threw in a callback of a call, which is cancelled", owner.filter(), thrown);
        cancel();
    }
}
