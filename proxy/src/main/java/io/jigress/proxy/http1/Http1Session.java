package io.jigress.proxy.http1;

import io.jigress.api.Headers;
import io.jigress.api.ProxyFailure;
import io.jigress.api.ProxyFailure.Kind;
import io.jigress.api.ProxyFailure.Origin;
import io.jigress.api.RequestHead;
import io.jigress.api.ResponseSink;
import io.jigress.api.UpstreamCall;
import io.jigress.api.UpstreamChannel;
import io.jigress.api.UpstreamSession;
import io.jigress.proxy.exchange.Failures;
import io.jigress.proxy.http.Framing;
import io.jigress.proxy.http.HeadLimits;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// HTTP/1.1 on one connection to an upstream. The session has one call, used again for each exchange, so that a request allocates
/// nothing: its owner drops the reference when the sink has been told the end. Event loop only.
public final class Http1Session implements UpstreamSession {
    private static final int MAX_INFORMATIONAL = 16;

    private static final ProxyFailure STALE = reset(true, "stale_connection");
    private static final ProxyFailure NO_RESPONSE = reset(true, "closed_before_response");
    private static final ProxyFailure CUT = reset(false, "closed_within_response");
    private static final ProxyFailure SWITCHED = bad("unexpected_101");
    private static final ProxyFailure INFORMED = bad("too_many_1xx");
    private static final ProxyFailure WRONG_LENGTH = new ProxyFailure(Kind.FILTER_ERROR, Origin.GATEWAY, false,
            "body_is_not_as_long_as_declared");

    private enum State {
        IDLE, HEAD, BODY, TUNNEL,
        /// The call has ended within a batch of reads: bytes that still come in it are an error of the upstream.
        ENDED, CLOSED
    }

    private final UpstreamChannel channel;
    private final HeadLimits limits;
    private final HeadPool heads;
    private final BodyDecoder decoder;
    private final Http1RequestWriter writer;
    private final Call call = new Call();

    private State state = State.IDLE;
    private @Nullable ResponseSink sink;
    /// The sink of a call that has ended, while it is being told so.
    private @Nullable ResponseSink ending;
    private @Nullable Http1ResponseHead head;
    private @Nullable ProxyFailure broken;
    private int informational;
    private boolean requestWasHead;
    /// What the client asks to switch to; empty when it does not.
    private List<String> upgrades = List.of();
    private boolean keepAlive;
    private boolean untilClose;
    private boolean paused;
    private boolean reused;

    /// @param heads of the event loop
    Http1Session(UpstreamChannel channel, HeadLimits limits, HeadPool heads) {
        this.channel = channel;
        this.limits = limits;
        this.heads = heads;
        this.writer = new Http1RequestWriter(channel);
        this.decoder = new BodyDecoder(heads);
    }

    private static ProxyFailure reset(boolean retryable, String detail) {
        return new ProxyFailure(Kind.UPSTREAM_RESET, Origin.UPSTREAM, retryable, detail);
    }

    private static ProxyFailure bad(String detail) {
        return new ProxyFailure(Kind.UPSTREAM_BAD_RESPONSE, Origin.UPSTREAM, false, detail);
    }

    @Override
    public int concurrency() {
        return state == State.CLOSED ? 0 : 1;
    }

    @Override
    public int active() {
        return state == State.IDLE || state == State.CLOSED ? 0 : 1;
    }

    // ---- the request

    @Override
    public UpstreamCall open(RequestHead request, boolean last, ResponseSink sink) {
        if (state != State.IDLE) {
            throw new IllegalStateException("a call is open or the connection is closed: " + state);
        }
        this.sink = sink;
        state = State.HEAD;
        informational = 0;
        requestWasHead = request.method().equals("HEAD");
        upgrades = last ? request.upgradeProtocols() : List.of();
        writer.head(request, last, upgrades.isEmpty() ? ConnectionField.NONE : ConnectionField.UPGRADE);
        return call;
    }

    private void body(ByteBuf data, boolean last) {
        if (state == State.TUNNEL) {
            writer.tunnel(data);
            if (last) {
                channel.shutdownOutput();
            }
        } else if (sink == null || writer.isComplete()) {
            data.release();
        } else if (!writer.body(data, last)) {
            broken(WRONG_LENGTH);
        }
    }

    private void trailers(Headers trailers) {
        if (state != State.TUNNEL && sink != null && !writer.isComplete() && !writer.trailers(trailers)) {
            broken(WRONG_LENGTH);
        }
    }

    /// The request cannot be sent as its head declared: the connection is closed, and [#closed] tells the sink why.
    private void broken(ProxyFailure failure) {
        broken = failure;
        channel.close();
    }

    private void reading(boolean on) {
        if (sink != null && paused == on) {
            paused = !on;
            channel.reading(on);
        }
    }

    private void cancel() {
        if (sink != null) {
            if (state == State.TUNNEL) {
                // What the client sent before it went still arrives.
                channel.shutdownOutput();
            }
            end(State.CLOSED);
            ending = null;
            forget();
            channel.close();
        }
    }

    // ---- the response

    @Override
    public void read(ByteBuf in) {
        while (in.isReadable()) {
            switch (state) {
                case HEAD -> readHead(in);
                case BODY -> readBody(in);
                case TUNNEL -> to().body(in.readRetainedSlice(in.readableBytes()), false);
                case IDLE, ENDED -> {
                    state = State.CLOSED;
                    channel.close();
                }
                case CLOSED -> {
                    return;
                }
            }
        }
    }

    private ResponseSink to() {
        if (sink == null) {
            throw new IllegalStateException("no call is open");
        }
        return sink;
    }

    private void readHead(ByteBuf in) {
        Http1ResponseHead reading = head;
        if (reading == null) {
            reading = heads.response(limits);
            head = reading;
        }
        switch (reading.append(in)) {
            case NEED_MORE -> {}
            case REFUSED -> fail(reading.fault().ofUpstream());
            case COMPLETE -> received(reading);
        }
    }

    private void received(Http1ResponseHead response) {
        int status = response.status();
        if (status >= 200) {
            answer(response);
        } else if (status != 101) {
            inform(response);
        } else if (response.upgrade() && UpgradeProtocols.areAmong(UpgradeProtocols.of(response.headers()), upgrades)) {
            state = State.TUNNEL;
            to().switched(response);
            forget();
        } else {
            fail(SWITCHED);
        }
    }

    private void inform(Http1ResponseHead response) {
        if (++informational > MAX_INFORMATIONAL) {
            fail(INFORMED);
            return;
        }
        to().informational(response);
        if (state == State.HEAD) {
            forget();
        }
    }

    private void answer(Http1ResponseHead response) {
        long framing = response.framing(requestWasHead, false);
        untilClose = framing == Framing.UNTIL_CLOSE;
        keepAlive = response.keepAlive() && !untilClose;
        if (framing == Framing.NONE || framing == 0) {
            end(State.ENDED).head(response, true);
            over();
        } else {
            state = State.BODY;
            decoder.start(framing, limits);
            to().head(response, false);
        }
    }

    private void readBody(ByteBuf in) {
        switch (decoder.decode(in)) {
            case DATA -> {
                ByteBuf data = in.readRetainedSlice(decoder.dataLength());
                if (decoder.ended()) {
                    end(State.ENDED).body(data, true);
                    over();
                } else {
                    to().body(data, false);
                }
            }
            case NEED_MORE -> {}
            case TRAILERS -> {
                end(State.ENDED).trailers(decoder.trailers());
                over();
            }
            case END -> {
                end(State.ENDED).body(Unpooled.EMPTY_BUFFER, true);
                over();
            }
            case REFUSED -> fail(decoder.fault().ofUpstream());
        }
    }

    /// Ends the call; returns its sink, which is to be told.
    private ResponseSink end(State next) {
        ResponseSink told = to();
        sink = null;
        ending = told;
        state = next;
        return told;
    }

    private void fail(ProxyFailure failure) {
        ResponseSink told = end(State.CLOSED);
        ending = null;
        forget();
        channel.close();
        told.failed(failure);
    }

    /// The response is complete, and its end was told.
    private void over() {
        ending = null;
        forget();
        reused = true;
        if (!keepAlive || !writer.isComplete()) {
            state = State.CLOSED;
            channel.close();
        }
    }

    private void forget() {
        decoder.reset();
        if (head != null) {
            head.release();
            head = null;
        }
    }

    @Override
    public void readComplete() {
        if (state == State.ENDED) {
            state = State.IDLE;
            if (paused) {
                paused = false;
                channel.reading(true);
            }
            channel.changed();
        }
    }

    @Override
    public void writable() {
        if (sink != null && (state == State.TUNNEL || !writer.isComplete())) {
            sink.writable();
        }
    }

    @Override
    public boolean inputEnded() {
        if (state != State.TUNNEL) {
            return false;
        }
        to().body(Unpooled.EMPTY_BUFFER, true);
        return state == State.TUNNEL;
    }

    @Override
    public void closed(String cause) {
        ProxyFailure failure = failure(state, cause);
        ResponseSink told = sink != null ? sink : ending;
        sink = null;
        ending = null;
        state = State.CLOSED;
        if (told == null) {
            forget();
            return;
        }
        if (failure == null) {
            told.body(Unpooled.EMPTY_BUFFER, true);
        } else {
            told.failed(failure);
        }
        forget();
    }

    /// What the end of the connection means for the call; null when it is a proper end.
    private @Nullable ProxyFailure failure(State at, String cause) {
        if (broken != null) {
            return broken;
        }
        if (cause.equals(OUT_OF_MEMORY) && at != State.TUNNEL) {
            return Failures.NO_MEMORY;
        }
        return switch (at) {
            case HEAD -> head != null || informational > 0 ? CUT : reused ? STALE : NO_RESPONSE;
            case BODY -> untilClose && cause.equals(ENDED) ? null : HeadFault.TRUNCATED.ofUpstream();
            case TUNNEL, IDLE, ENDED, CLOSED -> CUT;
        };
    }

    private final class Call implements UpstreamCall {
        @Override
        public void body(ByteBuf data, boolean last) {
            Http1Session.this.body(data, last);
        }

        @Override
        public void trailers(Headers trailers) {
            Http1Session.this.trailers(trailers);
        }

        @Override
        public boolean writable() {
            return channel.writable();
        }

        @Override
        public long untaken() {
            return channel.untaken();
        }

        @Override
        public void reading(boolean on) {
            Http1Session.this.reading(on);
        }

        @Override
        public void cancel() {
            Http1Session.this.cancel();
        }
    }
}
