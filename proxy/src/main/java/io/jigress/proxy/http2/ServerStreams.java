package io.jigress.proxy.http2;

import io.jigress.api.HeaderName;
import io.jigress.api.ProxyFailure;
import io.jigress.api.ProxyFailure.Kind;
import io.jigress.api.ProxyFailure.Origin;
import io.jigress.api.ResponseHead;
import io.jigress.proxy.exchange.ExchangeContext;
import io.jigress.proxy.exchange.Frontend;
import io.jigress.proxy.exchange.Peer;
import io.jigress.proxy.exchange.RefusedRequest;
import io.jigress.proxy.http.HeadLimits;
import io.netty.buffer.ByteBuf;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/// The server's side of a connection: opens a stream for each request and gives it to an exchange. Event loop only.
final class ServerStreams extends Http2Endpoint<Http2ServerStream> {
    private static final ProxyFailure STREAM_ERROR = new ProxyFailure(Kind.BAD_REQUEST, Origin.CLIENT, false, "stream_error");
    private static final ProxyFailure FLOODED = new ProxyFailure(Kind.CLIENT_GONE, Origin.CLIENT, false,
            "connection_error");
    private static final ProxyFailure CONNECT = new ProxyFailure(Kind.METHOD_NOT_ALLOWED, Origin.CLIENT, false,
            "connect_refused");
    private static final HeaderName WEBSOCKET_ACCEPT = HeaderName.of("sec-websocket-accept");
    private static final int CONTINUE = 100;
    /// How many resets by the client one for its fault counts as.
    private static final int FAULT_WEIGHT = 20;

    private final Http2ServerConnection connection;
    private final ExchangeContext context;
    private final Http2Pool pool;
    private final ResetStreams wereReset = new ResetStreams();
    /// The highest stream that the client has opened.
    private int lastId;
    /// No stream beyond it is served; the client was told so.
    private int lastServed = Integer.MAX_VALUE;
    private long requests;
    /// Streams whose exchange is over and whose response is not sent whole.
    private int finishing;

    ServerStreams(Http2ServerConnection connection, ExchangeContext context, Http2Pool pool, Http2Limits limits,
            FrameWriter writer,
            Outflow outflow) {
        super(connection, outflow, writer, pool.scratch, limits,
                new FloodGuard(limits.rates(), () -> context.loop().nanoTime()), true);
        this.connection = connection;
        this.context = context;
        this.pool = pool;
    }

    Frontend frontend() {
        return connection.frontend();
    }

    Peer peer() {
        return connection.peer();
    }

    int lastId() {
        return lastId;
    }

    /// How many requests have come.
    long requests() {
        return requests;
    }

    /// Tells the client that it gets no further streams served.
    void endAt(ErrorCode code, String reason) {
        lastServed = lastId;
        writer.goAway(lastId, code, reason);
    }

    // ---- frames

    @Override
    int longestBlock() {
        return frontend().settings().heads().headBytes();
    }

    @Override
    void headers(int id, boolean endStream) {
        Http2ServerStream known = streams.get(id);
        if (known != null) {
            trailers(known, endStream);
        } else if ((id & 1) == 0) {
            refuse(ConnectionError.STREAM_ID);
        } else if (id <= lastId) {
            if (decode(FieldTarget.NOBODY) && !wereReset.contains(id)) {
                refuse(ConnectionError.CLOSED_STREAM);
            }
        } else if (id > lastServed) {
            lastId = id;
            wereReset.add(id);
            decode(FieldTarget.NOBODY);
        } else {
            lastId = id;
            request(id, endStream);
        }
    }

    private void request(int id, boolean last) {
        if (streams.count() >= limits.streams()) {
            if (decode(FieldTarget.NOBODY) && admits(FloodGuard.Kind.RESETS)) {
                wereReset.add(id);
                writer.reset(id, ErrorCode.REFUSED_STREAM);
            }
            return;
        }
        HeadLimits heads = frontend().settings().heads();
        Http2RequestHead head = pool.request(heads, connection.scheme());
        if (!decode(head)) {
            head.release();
            return;
        }
        requests++;
        Http2ServerStream stream = pool.serverStream();
        stream.open(this, id, outflow.initialWindow(), limits.streamWindow(), context.loop().nanoTime());
        streams.put(stream);
        FieldFault fault = head.complete(last);
        if (fault == null && !head.isConnect()) {
            connection.life().busy();
            if (head.isExtendedConnect()) {
                head.addUpgrade(
                        ByteBuffer.allocate(2 * Long.BYTES).putLong(context.loop().random()).putLong(context.loop().random())
                                .array());
            }
            stream.begin(context.take(), head, last, blockLength());
        } else {
            head.release();
            stream.remoteEnded = last;
            answer(stream, fault == null ? CONNECT : fault.ofClient(), fault != null && fault.isMalformed());
        }
    }

    /// Answers a head for which no exchange can begin.
    private void answer(Http2ServerStream stream, ProxyFailure failure, boolean malformed) {
        new RefusedRequest(failure, stream.startNanos, blockLength()).answer(context, frontend(), peer(),
                (head, length, body) -> {
                    if (malformed) {
                        body.release();
                        misbehaved(stream, ErrorCode.PROTOCOL_ERROR);
                        return 0;
                    }
                    stream.head(head, length, false);
                    stream.body(body, true);
                    return stream.bytesSent();
                });
        stream.recycle();
    }

    private void trailers(Http2ServerStream stream, boolean last) {
        if (stream.remoteEnded) {
            if (decode(FieldTarget.NOBODY)) {
                streamError(stream, ErrorCode.STREAM_CLOSED, "fields after the end of the stream");
            }
            return;
        }
        Http2Trailers section = pool.trailers(frontend().settings().heads());
        if (!decode(section)) {
            section.release();
            return;
        }
        FieldFault fault = section.complete(last);
        if (fault == null) {
            stream.trailersReceived(section, blockLength());
        } else {
            section.release();
            refuse(stream, fault);
        }
    }

    @Override
    @Nullable ConnectionError strayData(int id) {
        return wereReset.contains(id) ? null : ConnectionError.CLOSED_STREAM;
    }

    @Override
    boolean isIdle(int id) {
        return (id & 1) == 0 || id > lastId;
    }

    @Override
    void data(Http2ServerStream stream, ByteBuf data, boolean last) {
        stream.bodyReceived(data, last);
    }

    @Override
    void wasReset(Http2ServerStream stream, ErrorCode code) {
        close(stream);
        stream.gone();
    }

    @Override
    void streamError(Http2ServerStream stream, ErrorCode code, String reason) {
        misbehaved(stream, code);
        stream.failed(STREAM_ERROR);
    }

    /// A malformed message on a stream that has an exchange.
    void refuse(Http2ServerStream stream, FieldFault fault) {
        misbehaved(stream, ErrorCode.PROTOCOL_ERROR);
        stream.failed(fault.ofClient());
    }

    /// Resets a stream for what the client did. These are a flood sooner than streams that it resets itself, which sound clients do too.
    private void misbehaved(Http2ServerStream stream, ErrorCode code) {
        reset(stream, code);
        admits(FloodGuard.Kind.RESETS, FAULT_WEIGHT);
    }

    @Override
    void goAway(int lastStreamId, ErrorCode code) {
        connection.life().clientGoesAway();
    }

    @Override
    void settingsChanged() {}

    @Override
    void setting(int identifier, long value) {}

    @Override
    void pingAnswered(long data) {
        connection.life().pingAnswered(data);
    }

    @Override
    void flooded(FloodGuard.Kind kind) {
        context.loop().metrics().http2Flood(kind.word());
        pool.floods.tell(kind, peer().text());
    }

    @Override
    void fail(ConnectionError error) {
        connection.fail(error);
    }

    // ---- what streams do

    /// @return bytes of the header block
    int writeHead(Http2ServerStream stream, ResponseHead head, long framing, boolean last) {
        MessageEncoder.response(encoder, scratch, head, framing);
        return writeBlock(stream, last);
    }

    /// The answer to an extended CONNECT.
    int writeConnected(Http2ServerStream stream, ResponseHead head) {
        head.headers().remove(WEBSOCKET_ACCEPT);
        MessageEncoder.connected(encoder, scratch, head);
        return writeBlock(stream, false);
    }

    int writeContinue(Http2ServerStream stream) {
        encoder.begin(scratch);
        encoder.status(CONTINUE);
        return writeBlock(stream, false);
    }

    private int writeBlock(Http2ServerStream stream, boolean last) {
        int length = encoder.length();
        writer.headers(stream.id, encoder.block(), length, Frames.PAYLOAD_BYTES, last);
        scratch.trimOut();
        if (last) {
            stream.localEnded = true;
            stream.sendEnded();
        }
        return length;
    }

    void reset(Http2ServerStream stream, ErrorCode code) {
        writer.reset(stream.id, code);
        wereReset.add(stream.id);
        close(stream);
    }

    boolean isFinishing() { return finishing > 0; }

    /// The exchange of a stream is over; the client's window holds up the rest of the response.
    void finishing() {
        finishing++;
        connection.life().finishing();
    }

    /// Resets those of them of which the client has taken nothing since the last call.
    void resetStalled() {
        streams.forEach(stream -> {
            if (stream.finishing && stream.unsentBefore == stream.unsentBytes) {
                reset(stream, ErrorCode.CANCEL);
                stream.recycle();
            } else {
                stream.unsentBefore = stream.unsentBytes;
            }
        });
    }

    void close(Http2ServerStream stream) {
        if (stream.finishing) {
            finishing--;
        }
        outflow.remove(stream);
        streams.remove(stream);
        stream.closed();
        if (streams.count() == 0) {
            connection.life().idle();
        }
    }

    void recycled(Http2ServerStream stream) {
        pool.keep(stream);
    }

    void flushIfFull() {
        connection.flushIfFull();
    }

    void later(Runnable task) {
        connection.later(task);
    }

    /// The listener drains, which tunnels are told.
    void draining() {
        streams.forEach(Http2ServerStream::draining);
    }

    /// The client is gone, and all its requests with it.
    void gone() {
        streams.forEach(stream -> {
            close(stream);
            stream.gone();
        });
    }

    /// The connection is to be closed for want of memory, or for what the client did.
    void failAll(@Nullable ProxyFailure failure) {
        streams.forEach(stream -> {
            close(stream);
            stream.failed(failure == null ? FLOODED : failure);
        });
    }
}
