package io.jigress.proxy.call;

import io.jigress.api.CallLimits;
import io.jigress.api.CallRequest;
import io.jigress.api.CallResult;
import io.jigress.api.ProxyFailure;
import io.jigress.api.RequestHead;
import io.jigress.api.ResponseSink;
import io.jigress.api.Services;
import io.jigress.api.UpstreamCall;
import io.jigress.api.UpstreamCallers;
import io.jigress.proxy.compile.RouteDefaults;
import io.jigress.proxy.exchange.ExchangeContext;
import io.jigress.proxy.stream.TcpProtocol;
import io.jigress.proxy.upstream.Upstream;
import io.netty.buffer.ByteBuf;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// The calls of one filter instance. Event loop only.
final class LoopCallers implements UpstreamCallers {
    /// Carriers that are kept for later calls.
    private static final int KEPT = 256;

    private final ExchangeContext context;
    private final String filter;
    private final Function<String, @Nullable Upstream> clusters;
    private final RouteDefaults defaults;
    private final int maxCalls;
    /// The calls in flight, in a list.
    private @Nullable FilterCall first;
    private int inFlight;
    private final ArrayDeque<Carrier> free = new ArrayDeque<>();
    private boolean closed;

    /// @param clusters by name, as they are now
    LoopCallers(ExchangeContext context, String filter, Function<String, @Nullable Upstream> clusters, RouteDefaults defaults,
            int maxCalls) {
        this.context = context;
        this.filter = filter;
        this.clusters = clusters;
        this.defaults = defaults;
        this.maxCalls = maxCalls;
    }

    @Override
    public UpstreamCall http(String cluster, CallRequest request, boolean last, CallLimits limits, ResponseSink sink) {
        if (last) {
            request.contentLength(0);
        }
        FilterCall call = new FilterCall(this, sink, false, last);
        start(call, cluster, request, CallTimes.http(limits, defaults));
        return call;
    }

    @Override
    public Services.Cancellable unary(String cluster, CallRequest request, ByteBuf body, CallLimits limits, int maxResponseBytes,
            Consumer<CallResult> result) {
        UnaryCall unary = new UnaryCall(maxResponseBytes, result);
        boolean last = !body.isReadable();
        request.contentLength(body.readableBytes());
        UpstreamCall call = http(cluster, request, last, limits, unary);
        unary.opened(call);
        if (last) {
            body.release();
        } else {
            call.body(body, true);
        }
        return unary;
    }

    @Override
    public UpstreamCall channel(String cluster, CallLimits limits, ResponseSink sink) {
        FilterCall call = new FilterCall(this, sink, true, false);
        start(call, cluster, TcpProtocol.CHANNEL, CallTimes.channel(limits));
        return call;
    }

    private void start(FilterCall call, String cluster, RequestHead head, CallTimes times) {
        if (closed) {
            return;
        }
        boolean channel = head == TcpProtocol.CHANNEL;
        Upstream to = clusters.apply(cluster);
        ProxyFailure refused = null;
        if (inFlight >= maxCalls) {
            refused = CallFailures.TOO_MANY;
        } else if (to == null) {
            refused = CallFailures.NO_CLUSTER;
        } else if (channel && !to.cluster().protocol().equals(TcpProtocol.NAME)) {
            refused = CallFailures.NOT_TCP;
        }
        if (refused != null || to == null) {
            call.failLater(refused == null ? CallFailures.NO_CLUSTER : refused);
            return;
        }
        Carrier carrier = free.pollLast();
        if (carrier == null) {
            carrier = new Carrier(context);
        }
        call.begin(carrier);
        link(call);
        carrier.start(call, to, head, call.isSent(), times);
    }

    /// A call is over; its carrier may have the next one.
    void ended(FilterCall call, Carrier carrier) {
        unlink(call);
        if (free.size() < KEPT && !closed) {
            free.addLast(carrier);
        } else {
            carrier.discard();
        }
    }

    private void link(FilterCall call) {
        FilterCall before = first;
        call.next = before;
        if (before != null) {
            before.previous = call;
        }
        first = call;
        inFlight++;
    }

    private void unlink(FilterCall call) {
        FilterCall before = call.previous;
        FilterCall after = call.next;
        if (before == null) {
            first = after;
        } else {
            before.next = after;
        }
        if (after != null) {
            after.previous = before;
        }
        call.previous = null;
        call.next = null;
        inFlight--;
    }

    /// Runs a task of this event loop soon, unless the filter is closed by then.
    void later(Runnable task) {
        context.loop().executor().execute(() -> {
            if (!closed) {
                task.run();
            }
        });
    }

    String filter() {
        return filter;
    }

    int heldBytes() {
        return context.heldBodyBytes();
    }

    void close() {
        closed = true;
        List<FilterCall> left = new ArrayList<>(inFlight);
        for (FilterCall call = first; call != null; call = call.next) {
            left.add(call);
        }
        left.forEach(FilterCall::abandon);
        free.forEach(Carrier::discard);
        free.clear();
    }
}
