package io.jigress.proxy.http2;

import io.jigress.api.ProxyFailure;
import io.jigress.api.ProxyFailure.Kind;
import io.jigress.api.ProxyFailure.Origin;
import io.jigress.api.RequestHead;
import io.jigress.api.ResponseSink;
import io.jigress.api.UpstreamCall;
import io.jigress.proxy.http.HeadLimits;
import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/// The client's side of a connection: a stream for each call. Event loop only.
final class ClientStreams extends Http2Endpoint<Http2ClientStream> {
    private static final ProxyFailure REFUSED = new ProxyFailure(Kind.UPSTREAM_REFUSED, Origin.UPSTREAM, true, "stream_refused");
    private static final ProxyFailure RESET = new ProxyFailure(Kind.UPSTREAM_RESET, Origin.UPSTREAM, true, "stream_reset");
    private static final ProxyFailure STREAM_ERROR = new ProxyFailure(Kind.UPSTREAM_BAD_RESPONSE, Origin.UPSTREAM, false,
            "stream_error");
    /// RFC 9113, 6.5.2: what a peer should allow at least, and what is opened before it has said what it allows.
    private static final int USUAL_STREAMS = 100;

    private final Http2Session session;
    private final HeadLimits heads;
    private final Http2Pool pool;
    private long peerStreams = USUAL_STREAMS;
    private int nextId = 1;
    private boolean goingAway;

    ClientStreams(Http2Session session, HeadLimits heads, Http2Pool pool, Http2Limits limits, FrameWriter writer,
            Outflow outflow) {
        super(session, outflow, writer, pool.scratch, limits, new FloodGuard(limits.rates(), session::nanoTime), false);
        this.session = session;
        this.heads = heads;
        this.pool = pool;
    }

    int concurrency() {
        return goingAway || hasFailed() || nextId < 0 ? 0 : (int) Math.min(peerStreams, limits.streams());
    }

    int active() {
        return streams.count();
    }

    UpstreamCall open(RequestHead head, boolean last, ResponseSink sink) {
        Http2ClientStream stream = new Http2ClientStream(this, sink, head.method().equals("HEAD"));
        stream.open(nextId, outflow.initialWindow(), limits.streamWindow());
        nextId += 2;
        streams.put(stream);
        MessageEncoder.request(encoder, scratch, head, last);
        writer.headers(stream.id, encoder.block(), encoder.length(), Frames.PAYLOAD_BYTES, last);
        scratch.trimOut();
        stream.localEnded = last;
        return stream;
    }

    // ---- frames

    @Override
    int longestBlock() {
        return heads.headBytes();
    }

    @Override
    void headers(int id, boolean endStream) {
        Http2ClientStream stream = streams.get(id);
        if (stream == null) {
            if (decode(FieldTarget.NOBODY) && isIdle(id)) {
                refuse(ConnectionError.IDLE_STREAM);
            }
        } else if (stream.remoteEnded) {
            if (decode(FieldTarget.NOBODY)) {
                streamError(stream, ErrorCode.STREAM_CLOSED, "fields after the end of the stream");
            }
        } else if (stream.hasHead()) {
            trailers(stream, endStream);
        } else {
            head(stream, endStream);
        }
    }

    private void head(Http2ClientStream stream, boolean last) {
        Http2ResponseHead head = pool.response(heads);
        if (!decode(head)) {
            head.release();
            return;
        }
        FieldFault fault = head.complete(last);
        if (fault == null && head.status() < 200 && last) {
            fault = FieldFault.STATUS;
        }
        if (fault == null) {
            stream.headReceived(head, last);
        } else {
            head.release();
            fail(stream, ErrorCode.PROTOCOL_ERROR, fault.ofUpstream());
        }
    }

    private void trailers(Http2ClientStream stream, boolean last) {
        Http2Trailers section = pool.trailers(heads);
        if (!decode(section)) {
            section.release();
            return;
        }
        FieldFault fault = section.complete(last);
        if (fault == null) {
            stream.trailersReceived(section);
        } else {
            section.release();
            fail(stream, ErrorCode.PROTOCOL_ERROR, fault.ofUpstream());
        }
    }

    @Override
    @Nullable ConnectionError strayData(int id) {
        return null;
    }

    @Override
    boolean isIdle(int id) {
        return (id & 1) == 0 || nextId > 0 && id >= nextId;
    }

    @Override
    void data(Http2ClientStream stream, ByteBuf data, boolean last) {
        stream.bodyReceived(data, last);
    }

    @Override
    void wasReset(Http2ClientStream stream, ErrorCode code) {
        if (code == ErrorCode.NO_ERROR && stream.isAnswered()) {
            return;
        }
        close(stream);
        stream.failed(code == ErrorCode.REFUSED_STREAM ? REFUSED : RESET);
    }

    @Override
    void streamError(Http2ClientStream stream, ErrorCode code, String reason) {
        fail(stream, code, STREAM_ERROR);
    }

    /// Resets a stream for what the upstream did.
    void fail(Http2ClientStream stream, ErrorCode code, ProxyFailure failure) {
        reset(stream, code);
        stream.failed(failure);
    }

    /// RFC 9113, 6.8: requests beyond the last stream were not looked at, so that others may be sent in their place.
    @Override
    void goAway(int lastStreamId, ErrorCode code) {
        goingAway = true;
        streams.forEach(stream -> {
            if (stream.id > lastStreamId) {
                close(stream);
                stream.failed(REFUSED);
            }
        });
        session.changed();
    }

    @Override
    void settingsChanged() {
        session.changed();
    }

    @Override
    void setting(int identifier, long value) {
        if (identifier == Frames.MAX_CONCURRENT_STREAMS) {
            peerStreams = value;
        }
    }

    @Override
    void pingAnswered(long data) {}

    @Override
    void flooded(FloodGuard.Kind kind) {}

    @Override
    void fail(ConnectionError error) {
        session.fail(error);
    }

    // ---- what streams do

    void reset(Http2ClientStream stream, ErrorCode code) {
        writer.reset(stream.id, code);
        close(stream);
    }

    void close(Http2ClientStream stream) {
        outflow.remove(stream);
        streams.remove(stream);
        stream.closed();
        session.changed();
    }

    void soon(Runnable task) {
        session.soon(task);
    }

    /// The connection is gone.
    ///
    /// @param failure why; null when it ended in order or was reset
    void closed(@Nullable ProxyFailure failure) {
        streams.forEach(stream -> {
            close(stream);
            stream.connectionClosed(failure);
        });
    }
}
