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
import io.jigress.proxy.http.Framing;
import io.jigress.proxy.http.HopByHop;
import io.jigress.proxy.http.ReceivedRequest;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// HTTP/1.1 on one connection to an upstream. The session has one call, used again for each exchange: nothing is made per
/// request. Whoever opened a call forgets it when its end was told.
public final class Http1Session implements UpstreamSession {
    private static final int MAX_INFORMATIONAL = 16;
    /// Chunks up to this size are copied, to go out in one buffer with what frames them.
    private static final int COPIED_BYTES = 4 * 1024;

    private static final ProxyFailure STALE = reset(true, "stale_connection");
    private static final ProxyFailure NO_RESPONSE = reset(true, "closed_before_response");
    private static final ProxyFailure CUT = reset(false, "closed_within_response");
    private static final ProxyFailure SWITCHED = bad("unexpected_101");
    private static final ProxyFailure INFORMED = bad("too_many_1xx");
    private static final ProxyFailure WRONG_LENGTH = new ProxyFailure(Kind.FILTER_ERROR, Origin.GATEWAY, false,
            "body_is_not_as_long_as_declared");

    static final ProxyFailure NO_MEMORY = new ProxyFailure(Kind.OVERLOADED, Origin.GATEWAY, false, "direct_memory");

    private enum State {
        IDLE, HEAD, BODY, TUNNEL,
        /// The exchange is over, its batch of reads is not: bytes that still come belong to nobody.
        ENDED, CLOSED
    }

    private final UpstreamChannel channel;
    private final HeadLimits limits;
    private final HeadPool heads;
    private final BodyDecoder decoder;
    private final Call call = new Call();

    private State state = State.IDLE;
    private @Nullable ResponseSink sink;
    /// Whose call has ended, while it is being told.
    private @Nullable ResponseSink ending;
    private @Nullable Http1ResponseHead head;
    private @Nullable ProxyFailure broken;
    private long requestFraming;
    private long requestLeft;
    private int informational;
    private boolean requestDone;
    private boolean requestWasHead;
    /// What the client asks to switch to, from its Upgrade fields; null when it does not.
    private @Nullable String upgrade;
    private boolean keepAlive;
    private boolean untilClose;
    private boolean paused;
    private boolean reused;

    /// @param heads of the event loop
    Http1Session(UpstreamChannel channel, HeadLimits limits, HeadPool heads) {
        this.channel = channel;
        this.limits = limits;
        this.heads = heads;
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
        requestDone = last;
        requestWasHead = request.method().equals("HEAD");
        upgrade = last && request instanceof Http1RequestHead received && received.upgrade()
                ? upgrades(received.headers())
                : null;
        requestFraming = framing(request, last);
        requestLeft = Math.max(0, requestFraming);
        channel.write(HeadWriter.request(channel.allocator(), request, requestFraming,
                upgrade != null ? ConnectionField.UPGRADE : ConnectionField.NONE));
        if (last) {
            channel.flush();
        }
        return call;
    }

    private long framing(RequestHead request, boolean last) {
        long declared = request instanceof ReceivedRequest received ? received.framing() : declared(request);
        if (last) {
            return declared == Framing.NONE ? Framing.NONE : 0;
        }
        return declared == Framing.NONE ? Framing.CHUNKED : declared;
    }

    private static long declared(RequestHead request) {
        long length = request.contentLength();
        if (length < 0) {
            return Framing.CHUNKED;
        }
        return length == 0 ? switch (request.method()) {
            case "POST", "PUT", "PATCH" -> 0;
            default -> Framing.NONE;
        } : length;
    }

    private void body(ByteBuf data, boolean last) {
        if (state == State.TUNNEL) {
            send(data);
            channel.flush();
            if (last) {
                channel.shutdownOutput();
            }
            return;
        }
        if (sink == null || requestDone) {
            data.release();
            return;
        }
        int length = data.readableBytes();
        if (requestFraming == Framing.CHUNKED) {
            chunk(data, length, last);
        } else if (length > requestLeft || last && length < requestLeft) {
            data.release();
            broken(WRONG_LENGTH);
            return;
        } else {
            requestLeft -= length;
            send(data);
        }
        requestDone = last;
        channel.flush();
    }

    private void send(ByteBuf data) {
        if (data.isReadable()) {
            channel.write(data);
        } else {
            data.release();
        }
    }

    private void chunk(ByteBuf data, int length, boolean last) {
        boolean copied = length <= COPIED_BYTES;
        ByteBuf frame;
        try {
            frame = channel.allocator().ioBuffer((copied ? length : 0) + 3 * ChunkEncoder.MAX_BYTES);
        } catch (OutOfMemoryError e) {
            data.release();
            throw e;
        }
        if (copied) {
            ChunkEncoder.write(frame, data);
            data.release();
        } else {
            ChunkEncoder.writeSize(frame, length);
            channel.write(frame.readRetainedSlice(frame.readableBytes()));
            channel.write(data);
            ChunkEncoder.writeEnd(frame);
        }
        if (last) {
            ChunkEncoder.writeLast(frame);
        }
        send(frame);
    }

    private void trailers(Headers trailers) {
        if (state == State.TUNNEL || sink == null || requestDone) {
            return;
        }
        if (requestFraming == Framing.CHUNKED) {
            channel.write(HeadWriter.lastChunk(channel.allocator(), trailers));
            requestDone = true;
            channel.flush();
        } else {
            // A body of declared length has no place for them.
            body(Unpooled.EMPTY_BUFFER, true);
        }
    }

    /// The request cannot be sent as its head promised: the connection is of no use, and its end tells the sink why.
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
        } else if (upgrade != null && response.upgrade() && isAmong(upgrades(response.headers()), upgrade)) {
            state = State.TUNNEL;
            to().head(response, false);
            forget();
        } else {
            fail(SWITCHED);
        }
    }

    private static String upgrades(Headers headers) {
        StringBuilder all = new StringBuilder();
        for (int i = 0; i < headers.size(); i++) {
            if (headers.isAt(i, HopByHop.UPGRADE)) {
                all.append(all.isEmpty() ? "" : ",").append(headers.valueAt(i));
            }
        }
        return all.toString();
    }

    /// Whether all protocols of a list were asked for (RFC 9110, 7.8).
    private static boolean isAmong(String chosen, String asked) {
        List<String> known = protocols(asked);
        List<String> taken = protocols(chosen);
        return !taken.isEmpty() && known.containsAll(taken);
    }

    private static List<String> protocols(String list) {
        return Arrays.stream(list.split(",")).map(each -> each.strip().toLowerCase(Locale.ROOT)).filter(each -> !each.isEmpty())
                .toList();
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

    /// Ends the call; the one who is told of it is returned.
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
        if (!keepAlive || !requestDone) {
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
        if (sink != null && (state == State.TUNNEL || !requestDone)) {
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
            return NO_MEMORY;
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
