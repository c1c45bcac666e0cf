package io.jigress.proxy.exchange;

import io.jigress.api.HeaderName;
import io.jigress.api.ConnectionFacts;
import io.jigress.api.Headers;
import io.jigress.api.ProxyFailure;
import io.jigress.api.ProxyFailure.Origin;
import io.jigress.api.ResponseHead;
import io.jigress.proxy.compile.CompiledRoute;
import io.jigress.proxy.telemetry.AccessRecord;
import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/// Passes the response of the upstream, or its failure, to the exchange, and counts and records it. Event loop only.
final class UpstreamResponse implements ForwarderListener {
    private final ExchangeHandler exchange;
    private final ExchangeContext context;
    private final AccessRecord record;
    private final RouteChoice choice;
    private final Deadlines deadlines;
    private long attemptBegan;

    UpstreamResponse(ExchangeHandler exchange, ExchangeContext context, AccessRecord record, RouteChoice choice,
            Deadlines deadlines) {
        this.exchange = exchange;
        this.context = context;
        this.record = record;
        this.choice = choice;
        this.deadlines = deadlines;
    }

    @Override
    public void attempt(int number, String endpoint, long beganNanos) {
        record.attempts(number);
        record.endpoint(endpoint);
        attemptBegan = beganNanos;
    }

    @Override
    public ConnectionFacts client() {
        return exchange.identity.peer();
    }

    @Override
    public void retried(@Nullable ProxyFailure failure) {
        if (failure != null) {
            count(failure);
        }
    }

    /// Counts what went wrong on the upstream's side.
    void count(ProxyFailure failure) {
        CompiledRoute.Target target = choice.target();
        if (target != null && failure.origin() == Origin.UPSTREAM) {
            target.stats(context.loop).failure(failure.kind());
        }
    }

    @Override
    public void informational(ResponseHead head) {
        deadlines.touch();
        exchange.client().informational(head);
        exchange.client().flush();
    }

    @Override
    public void responseHead(ResponseHead head, boolean last) {
        deadlines.touch();
        long now = context.loop.nanoTime();
        record.upstreamNanos(now - record.startNanos());
        record.upstreamStatus(head.status());
        CompiledRoute.Target target = choice.target();
        if (target != null) {
            target.stats(context.loop).answered(now - attemptBegan);
        }
        if (head.status() >= 200 && !head.headers().contains(HeaderName.DATE)) {
            // RFC 9110, 6.6.1: a recipient with a clock adds a missing Date to what it forwards.
            head.headers().set(HeaderName.DATE, context.date());
        }
        exchange.responseHead(head, last);
    }

    @Override
    public void responseBody(ByteBuf data, boolean last) {
        exchange.responseBody(data, last);
    }

    @Override
    public void responseTrailers(Headers trailers) {
        exchange.response.receive(trailers);
    }

    @Override
    public void failed(ProxyFailure failure) {
        if (exchange.isTunnel()) {
            exchange.finish(true);
        } else {
            exchange.fail(exchange.timeouts.cause(failure));
        }
    }

    /// Backpressure: reading from the client stops while the upstream's send buffer is full.
    @Override
    public void upstreamCongested(boolean yes) {
        if (exchange.isLive()) {
            exchange.client().reading(!yes && !exchange.request.pass.isCongested());
            exchange.request.pass.writable();
        }
    }

    @Override
    public void broke(Throwable thrown) {
        exchange.broke(thrown);
    }
}
