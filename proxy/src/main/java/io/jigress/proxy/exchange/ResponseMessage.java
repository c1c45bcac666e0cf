package io.jigress.proxy.exchange;

import io.jigress.api.HeaderName;
import io.jigress.api.Headers;
import io.jigress.api.LocalReply;
import io.jigress.api.ResponseHead;
import io.jigress.proxy.compile.FilterSet;
import io.jigress.proxy.http.Framing;
import io.jigress.proxy.http.SharedHead;
import io.netty.buffer.ByteBuf;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// The response of an exchange, the upstream's or one that the gateway made: its head, its way through the filters. What has passed the
/// filters goes to the client. Event loop only.
final class ResponseMessage implements MessageExit {
    private static final String EVENT_STREAM = "text/event-stream";

    final FilterPass pass;
    private final ExchangeHandler exchange;
    private final Forwarder forwarder;

    private @Nullable ResponseHead head;
    /// The upstream's head outlives its message: filters may wait with it, and see it once more at the end.
    private @Nullable SharedHead kept;
    private boolean headSent;
    private boolean endedEarly;

    ResponseMessage(ExchangeHandler exchange, Forwarder forwarder, int heldLimit) {
        this.exchange = exchange;
        this.forwarder = forwarder;
        this.pass = new FilterPass(exchange, this, true, heldLimit);
    }

    @Nullable ResponseHead head() {
        return head;
    }

    /// Whether the head has gone to the client, so that nothing else can be answered.
    boolean headSent() {
        return headSent;
    }

    void take(ResponseHead response) {
        head = response;
        if (response instanceof SharedHead shared) {
            shared.retain();
            kept = shared;
        }
    }

    boolean isEventStream() {
        ResponseHead response = head;
        String type = response == null ? null : response.headers().first(HeaderName.CONTENT_TYPE);
        return type != null && type.regionMatches(true, 0, EVENT_STREAM, 0, EVENT_STREAM.length());
    }

    /// Through the filters, or past them; takes ownership.
    void receive(ByteBuf data, boolean last) {
        if (pass.isTransparent()) {
            send(data, last);
        } else {
            pass.body(data, last);
        }
    }

    void receive(Headers trailers) {
        if (pass.isTransparent()) {
            trailers(trailers);
        } else {
            pass.trailers(trailers);
        }
    }

    /// Takes the head past the filters; the body goes the same way.
    void respondPlain(boolean last) {
        pass.begin(null, FilterSet.Instances.NONE, 0);
        pass.head(last);
    }

    private void send(ResponseHead response, long framing, boolean last) {
        headSent = true;
        exchange.answered(response.status());
        if (last) {
            note(response.headers());
        }
        exchange.client().head(response, framing, last);
    }

    /// The access log shows the status of gRPC, wherever it stands.
    private void note(Headers trailers) {
        String status = trailers.first(Grpc.STATUS);
        if (status != null) {
            exchange.record.field("grpc_status", status);
        }
    }

    /// Sends the head of a protocol that both sides switch to.
    void sendSwitch(ResponseHead response) {
        headSent = true;
        exchange.client().tunnel(response);
    }

    private void send(ByteBuf data, boolean last) {
        exchange.client().body(data, last);
        if (last) {
            exchange.finish(true);
        } else {
            exchange.pauseIfSlow();
        }
    }

    /// @return a length or a constant of [Framing]
    static long framing(ResponseHead head, boolean last) {
        if (last) {
            // A response to HEAD and a 304 may tell the length that a body would have (RFC 9110, 8.6).
            boolean none = head.status() == 204 || head.status() == 304 && head instanceof LocalHead;
            return none ? Framing.NONE : Math.max(Framing.NONE, head.contentLength());
        }
        return head.contentLength() >= 0 ? head.contentLength() : Framing.CHUNKED;
    }

    /// The exchange needs the head no more.
    void forget() {
        head = null;
        pass.forget();
        SharedHead shared = kept;
        if (shared != null) {
            kept = null;
            shared.release();
        }
    }

    void clear() {
        headSent = false;
        endedEarly = false;
    }

    /// The gateway ends the response with trailers of its own.
    ///
    /// @return false when it has done so before, and they do not get through
    boolean endsEarly() {
        boolean first = !endedEarly;
        endedEarly = true;
        return first;
    }

    // ---- out of the filters

    @Override
    public void head(long bodyLength, boolean last) {
        ResponseHead response = Objects.requireNonNull(head);
        if (exchange.isSwitching()) {
            exchange.openTunnel(response);
            return;
        }
        long framing = bodyLength == UNCHANGED
                ? framing(response, last)
                : bodyLength >= 0 ? bodyLength : Framing.CHUNKED;
        send(response, framing, last);
        if (last) {
            exchange.finish(true);
        }
    }

    @Override
    public void body(ByteBuf data, boolean last) {
        send(data, last);
    }

    @Override
    public void trailers(Headers trailers) {
        note(trailers);
        exchange.client().trailers(trailers);
        exchange.finish(true);
    }

    @Override
    public void reply(LocalReply reply) {
        exchange.replies.replyOfFilter(reply, true);
    }

    @Override
    public void broken(String filter, @Nullable Throwable cause, String what) {
        exchange.filterBroke(filter, cause, what);
    }

    @Override
    public void heldTooMuch() {
        exchange.fail(Failures.HELD_RESPONSE);
    }

    @Override
    public void congested(boolean yes) {
        forwarder.reading(!yes && exchange.client().writable());
    }

    @Override
    public boolean addsFilters() {
        return false;
    }

    @Override
    public boolean isWritable() { return exchange.client().writable(); }

    @Override
    public boolean isBodiless() {
        return exchange.request().isHead()
                || head != null && (head.status() < 200 || head.status() == 204 || head.status() == 304);
    }

    @Override
    public void touch() {
        exchange.timeouts.deadlines.touch();
    }

    @Override
    public void broke(Throwable thrown) {
        exchange.broke(thrown);
    }
}
