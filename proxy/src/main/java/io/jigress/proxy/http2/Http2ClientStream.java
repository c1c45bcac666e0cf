package io.jigress.proxy.http2;

import io.jigress.api.Headers;
import io.jigress.api.ProxyFailure;
import io.jigress.api.ProxyFailure.Kind;
import io.jigress.api.ProxyFailure.Origin;
import io.jigress.api.ResponseSink;
import io.jigress.api.UpstreamCall;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import org.jspecify.annotations.Nullable;

/// One call on a connection to an upstream. Of the response it holds no more than the stream's window, since bytes that the client has not
/// taken are not credited. Event loop only.
final class Http2ClientStream extends Http2Stream implements UpstreamCall {
    private static final ProxyFailure NO_RESPONSE = new ProxyFailure(Kind.UPSTREAM_RESET, Origin.UPSTREAM, true,
            "closed_before_response");
    private static final ProxyFailure CUT = new ProxyFailure(Kind.UPSTREAM_RESET, Origin.UPSTREAM, false, "truncated");
    private static final ProxyFailure INFORMED = new ProxyFailure(Kind.UPSTREAM_BAD_RESPONSE, Origin.UPSTREAM, false,
            "too_many_1xx");
    private static final int MAX_INFORMATIONAL = 16;

    private final ClientStreams streams;
    private final boolean requestWasHead;
    private final HeldBody held = new HeldBody();
    /// Null when the call is over.
    private @Nullable ResponseSink sink;
    private @Nullable Http2ResponseHead head;
    private long bodyLeft = -1;
    private int informational;
    private boolean paused;
    private boolean delivering;
    private boolean deliveryScheduled;

    Http2ClientStream(ClientStreams streams, ResponseSink sink, boolean requestWasHead) {
        this.streams = streams;
        this.sink = sink;
        this.requestWasHead = requestWasHead;
    }

    boolean hasHead() { return head != null; }

    /// Whether the whole response has come.
    boolean isAnswered() { return remoteEnded; }

    // ---- the response

    /// Takes ownership.
    void headReceived(Http2ResponseHead received, boolean last) {
        ResponseSink to = sink;
        if (to == null) {
            received.release();
            return;
        }
        if (received.status() < 200) {
            inform(to, received);
            return;
        }
        head = received;
        if (last) {
            remoteEnded = true;
            end();
            to.head(received, true);
            releaseHead();
            return;
        }
        bodyLeft = requestWasHead || received.isBodiless() ? 0 : received.declared;
        to.head(received, false);
    }

    private void inform(ResponseSink to, Http2ResponseHead received) {
        if (++informational > MAX_INFORMATIONAL) {
            streams.fail(this, ErrorCode.ENHANCE_YOUR_CALM, INFORMED);
        } else {
            to.informational(received);
        }
        received.release();
    }

    /// Takes ownership.
    void bodyReceived(ByteBuf data, boolean last) {
        int length = data.readableBytes();
        if (head == null || bodyLeft >= 0 && (length > bodyLeft || last && length < bodyLeft)) {
            data.release();
            streams.inflow.credit(length);
            streams.fail(this, ErrorCode.PROTOCOL_ERROR,
                    (head == null ? FieldFault.STATUS : FieldFault.LENGTH_MISMATCH).ofUpstream());
            return;
        }
        if (bodyLeft >= 0) {
            bodyLeft -= length;
        }
        remoteEnded |= last;
        held.add(data);
        deliver();
    }

    /// Takes ownership of the trailers, which end the response.
    void trailersReceived(Http2Trailers section) {
        if (bodyLeft > 0) {
            section.release();
            streams.fail(this, ErrorCode.PROTOCOL_ERROR, FieldFault.LENGTH_MISMATCH.ofUpstream());
            return;
        }
        remoteEnded = true;
        held.end(section);
        deliver();
    }

    private void deliver() {
        if (delivering) {
            return;
        }
        delivering = true;
        for (ResponseSink to = sink; to != null && !paused && held.hasData(); to = sink) {
            ByteBuf data = held.next();
            int length = data.readableBytes();
            boolean last = remoteEnded && held.isEmpty();
            if (last) {
                end();
            }
            to.body(data, last);
            if (last) {
                releaseHead();
            }
            streams.credit(this, length);
        }
        ResponseSink to = sink;
        if (to != null && !paused && held.hasTrailers()) {
            Http2Trailers section = held.trailers();
            if (section != null) {
                end();
                to.trailers(section.fields);
                section.release();
                releaseHead();
            }
        }
        delivering = false;
    }

    /// The response is complete and about to be told: a request that is still being sent is given up.
    private void end() {
        sink = null;
        if (closed) {
            return;
        }
        if (localEnded) {
            streams.close(this);
        } else {
            streams.reset(this, ErrorCode.CANCEL);
        }
    }

    private void releaseHead() {
        Http2ResponseHead used = head;
        if (used != null) {
            head = null;
            used.release();
        }
    }

    // ---- the end

    /// The call is over without a complete response; the stream is closed.
    void failed(ProxyFailure failure) {
        ResponseSink to = sink;
        sink = null;
        if (to != null) {
            to.failed(failure);
        }
        releaseHead();
    }

    /// @param failure why; null when the connection ended in order or was reset
    void connectionClosed(@Nullable ProxyFailure failure) {
        failed(failure != null ? failure : head == null && informational == 0 ? NO_RESPONSE : CUT);
    }

    /// No longer in the table of the connection.
    void closed() {
        closed = true;
        dropUnsent();
        held.drop(streams.inflow);
    }

    @Override
    void becameWritable() {
        ResponseSink to = sink;
        if (to != null) {
            to.writable();
        }
    }

    @Override
    void sendEnded() {
        if (remoteEnded && sink == null) {
            streams.close(this);
        }
    }

    // ---- UpstreamCall

    @Override
    public void body(ByteBuf data, boolean last) {
        if (closed || sink == null || localEnded) {
            data.release();
        } else {
            streams.outflow.send(this, data, last);
        }
    }

    @Override
    public void trailers(Headers fields) {
        if (closed || sink == null || localEnded) {
            return;
        }
        byte[] block = MessageEncoder.trailers(streams.scratch, fields);
        if (block.length == 0) {
            body(Unpooled.EMPTY_BUFFER, true);
        } else {
            streams.outflow.sendTrailers(this, block);
        }
    }

    @Override
    public boolean writable() {
        return !closed && streams.outflow.isWritable(this);
    }

    @Override
    public long untaken() {
        return unsentBytes;
    }

    @Override
    public void reading(boolean on) {
        paused = !on;
        if (on && !deliveryScheduled && !held.isEmpty()) {
            deliveryScheduled = true;
            streams.soon(() -> {
                deliveryScheduled = false;
                deliver();
            });
        }
    }

    @Override
    public void cancel() {
        if (sink != null) {
            sink = null;
            if (!closed) {
                streams.reset(this, ErrorCode.CANCEL);
            }
            releaseHead();
        }
    }
}
