package io.jigress.proxy.http2;

import io.jigress.api.HeaderName;
import io.jigress.api.Headers;
import io.jigress.api.ProxyFailure;
import io.jigress.api.ResponseHead;
import io.jigress.proxy.exchange.ClientStream;
import io.jigress.proxy.exchange.HttpExchange;
import io.jigress.proxy.http.Framing;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import org.jspecify.annotations.Nullable;

/// One request on a client's connection and its response, as the exchange sees them. Of the request's body it holds no more than the
/// stream's window, since bytes that the exchange has not taken are not credited. Event loop only; used for later streams.
final class Http2ServerStream extends Http2Stream implements ClientStream {
    private static final HeaderName EXPECT = HeaderName.of("expect");
    private static final int NO_LENGTH = -1;

    private final HeldBody held = new HeldBody();
    private @Nullable ServerStreams streams;
    private @Nullable Http2RequestHead head;
    private @Nullable HttpExchange exchange;
    /// When its head had come, on the loop's clock.
    long startNanos;
    private long received;
    private long sent;
    /// What is still to come of a body of declared length.
    private long bodyLeft;
    private boolean bodyBegan;
    private boolean paused;
    /// Whether it is an extended CONNECT that was not answered yet: its DATA belongs to the tunnel.
    private boolean connecting;
    /// Whether it has become a tunnel.
    private boolean tunnel;
    /// Whether the client was told to send its body (100).
    private boolean continued;
    /// Whether a method of the exchange is on the stack that this has called.
    private boolean busy;
    private boolean pooled;
    /// Whether the exchange is over and the response is not sent whole.
    boolean finishing;
    /// What was unsent when the connection looked for stalled streams.
    long unsentBefore;

    // ---- the request

    void open(ServerStreams of, int streamId, int sendWindow, int window, long now) {
        open(streamId, sendWindow, window);
        streams = of;
        startNanos = now;
        received = 0;
        sent = 0;
        bodyLeft = NO_LENGTH;
        bodyBegan = false;
        paused = false;
        connecting = false;
        tunnel = false;
        continued = false;
        pooled = false;
        finishing = false;
        unsentBefore = NO_LENGTH;
    }

    void begin(HttpExchange taken, Http2RequestHead request, boolean last, int blockBytes) {
        head = request;
        exchange = taken;
        received = blockBytes;
        remoteEnded = last;
        bodyLeft = last || request.isExtendedConnect() ? NO_LENGTH : request.declared;
        connecting = request.isExtendedConnect();
        busy = true;
        taken.begin(this, streams().frontend(), streams().peer(), request, last || connecting, startNanos);
        busy = false;
        recycle();
    }

    private ServerStreams streams() {
        ServerStreams known = streams;
        if (known == null) {
            throw new IllegalStateException("the stream is over");
        }
        return known;
    }

    /// Takes ownership.
    void bodyReceived(ByteBuf data, boolean last) {
        int length = data.readableBytes();
        received += length;
        bodyBegan |= length > 0;
        if (bodyLeft >= 0) {
            bodyLeft -= length;
            if (bodyLeft < 0 || last && bodyLeft != 0) {
                data.release();
                streams().inflow.credit(length);
                streams().refuse(this, FieldFault.LENGTH_MISMATCH);
                return;
            }
        }
        remoteEnded |= last;
        HttpExchange current = exchange;
        if (current == null) {
            data.release();
            streams().inflow.credit(length);
        } else if (paused || busy || connecting || held.hasData()) {
            held.add(data);
        } else {
            busy = true;
            give(current, data, length, last);
            busy = false;
            endTunnel();
            recycle();
        }
    }

    private void give(HttpExchange to, ByteBuf data, int length, boolean last) {
        to.requestBody(data, last);
        streams().credit(this, length);
    }

    /// Takes ownership of the trailers, which end the request.
    void trailersReceived(Http2Trailers section, int blockBytes) {
        received += blockBytes;
        if (bodyLeft > 0) {
            section.release();
            streams().refuse(this, FieldFault.LENGTH_MISMATCH);
            return;
        }
        remoteEnded = true;
        if (exchange == null) {
            section.release();
        } else {
            held.end(section);
            deliver();
        }
    }

    private void deliver() {
        if (busy || connecting) {
            return;
        }
        busy = true;
        for (HttpExchange to = exchange; to != null && !paused && held.hasData(); to = exchange) {
            ByteBuf data = held.next();
            give(to, data, data.readableBytes(), remoteEnded && held.isEmpty());
        }
        HttpExchange to = exchange;
        if (to != null && !paused && held.hasTrailers()) {
            Http2Trailers section = held.trailers();
            if (section != null) {
                to.requestTrailers(section.fields);
                section.release();
            }
        }
        busy = false;
        endTunnel();
        recycle();
    }

    // ---- the end

    /// The client has reset the stream, or is gone.
    void gone() {
        HttpExchange current = exchange;
        exchange = null;
        if (current != null) {
            current.clientGone();
        }
        releaseHead();
        recycle();
    }

    /// The request is malformed: the stream is closed already, so that no response is sent.
    void failed(ProxyFailure failure) {
        HttpExchange current = exchange;
        if (current != null) {
            current.requestFailed(failure);
        }
        recycle();
    }

    /// No longer in the table of the connection.
    void closed() {
        closed = true;
        dropUnsent();
        held.drop(streams().inflow);
    }

    /// Bytes that wait here or in the exchange.
    long held() {
        HttpExchange current = exchange;
        return held.bytes() + unsentBytes + (current == null ? 0 : current.held());
    }

    private void releaseHead() {
        Http2RequestHead used = head;
        if (used != null) {
            head = null;
            used.release();
        }
    }

    /// Returns the object to the pool when it is not used any more.
    void recycle() {
        ServerStreams of = streams;
        if (closed && exchange == null && !busy && !pooled && of != null) {
            pooled = true;
            releaseHead();
            streams = null;
            of.recycled(this);
        }
    }

    @Override
    void becameWritable() {
        HttpExchange current = exchange;
        if (current != null) {
            current.clientWritable();
        }
    }

    /// A client that still sends is told to stop (RFC 9113, 8.1).
    @Override
    void sendEnded() {
        if (tunnel) {
            endTunnel();
        } else if (!remoteEnded) {
            streams().reset(this, ErrorCode.NO_ERROR);
        } else {
            streams().close(this);
        }
        recycle();
    }

    /// A tunnel's stream ends when both directions have.
    private void endTunnel() {
        if (tunnel && remoteEnded && localEnded && !closed && held.isEmpty()) {
            streams().close(this);
        }
    }

    // ---- ClientStream

    private boolean isSilent() { return closed || localEnded; }

    @Override
    public void informational(ResponseHead informational) {
        if (!isSilent()) {
            continued |= informational.status() == 100;
            sent += streams().writeHead(this, informational, Framing.NONE, false);
        }
    }

    @Override
    public void proceed() {
        Http2RequestHead request = head;
        if (request != null && request.expectContinue() && !isSilent()) {
            continued = true;
            request.headers().remove(EXPECT);
            sent += streams().writeContinue(this);
        }
    }

    @Override
    public void head(ResponseHead response, long framing, boolean last) {
        if (isSilent()) {
            return;
        }
        Http2RequestHead request = head;
        int status = response.status();
        boolean bodyless = request != null && request.isHead() || status == 204 || status == 304;
        sent += streams().writeHead(this, response, status == 204 ? Framing.NONE : framing, last || bodyless);
    }

    @Override
    public void body(ByteBuf data, boolean last) {
        if (isSilent()) {
            data.release();
            return;
        }
        sent += data.readableBytes();
        streams().outflow.send(this, data, last);
    }

    @Override
    public void trailers(Headers trailers) {
        if (isSilent()) {
            return;
        }
        byte[] block = MessageEncoder.trailers(streams().scratch, trailers);
        if (block.length == 0) {
            body(Unpooled.EMPTY_BUFFER, true);
        } else {
            sent += block.length;
            streams().outflow.sendTrailers(this, block);
        }
    }

    @Override
    public void tunnel(ResponseHead response) {
        if (isSilent()) {
            return;
        }
        tunnel = true;
        sent += streams().writeConnected(this, response);
        // Not at once: callers up the stack still look at the request's head.
        streams().later(() -> {
            if (connecting && exchange != null) {
                connecting = false;
                releaseHead();
                deliver();
            }
        });
    }

    /// The listener drains.
    void draining() {
        HttpExchange current = exchange;
        if (current != null) {
            current.draining();
        }
    }

    /// What is written goes out together with what the other streams write in this turn of the loop, unless the queue is full.
    @Override
    public void flush() {
        ServerStreams of = streams;
        if (of != null) {
            of.flushIfFull();
        }
    }

    @Override
    public boolean writable() {
        ServerStreams of = streams;
        return of != null && of.outflow.isWritable(this);
    }

    @Override
    public boolean awaitsContinue() {
        Http2RequestHead request = head;
        return request != null && request.expectContinue() && !continued && !bodyBegan;
    }

    @Override
    public long untaken() {
        return unsentBytes;
    }

    @Override
    public void reading(boolean on) {
        paused = !on;
        if (on) {
            deliver();
        }
    }

    @Override
    public long bytesReceived() {
        return received;
    }

    @Override
    public long bytesSent() {
        return sent;
    }

    @Override
    public void completed() {
        exchange = null;
        if (tunnel && !closed) {
            if (localEnded && remoteEnded) {
                streams().close(this);
            } else {
                streams().reset(this, ErrorCode.NO_ERROR);
            }
        } else if (!closed) {
            held.drop(streams().inflow);
            finishing = true;
            unsentBefore = NO_LENGTH;
            streams().finishing();
        }
        releaseHead();
        recycle();
    }

    @Override
    public void abort() {
        exchange = null;
        ServerStreams of = streams;
        if (of == null) {
            return;
        }
        if (!closed) {
            of.reset(this, ErrorCode.INTERNAL_ERROR);
        }
        // The exchange still looks at it while it ends.
        of.later(this::recycle);
    }
}
