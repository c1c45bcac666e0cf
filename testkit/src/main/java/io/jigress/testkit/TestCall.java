package io.jigress.testkit;

import io.jigress.api.CallLimits;
import io.jigress.api.CallRequest;
import io.jigress.api.HeaderName;
import io.jigress.api.Headers;
import io.jigress.api.ListHeaders;
import io.jigress.api.ProxyFailure;
import io.jigress.api.ResponseHead;
import io.jigress.api.ResponseSink;
import io.jigress.api.UpstreamCall;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// A call that a filter under test has opened: a test inspects the request and acts as the upstream. Events after the end of the call are
/// ignored, as in the gateway.
public final class TestCall implements UpstreamCall {
    private static final int SWITCHED = 101;

    private final String cluster;
    private final @Nullable CallRequest request;
    private final CallLimits limits;
    private final ResponseSink sink;
    private final StringBuilder body = new StringBuilder();
    private @Nullable Headers trailers;
    private boolean ended;
    private boolean writable = true;
    private boolean reading = true;
    private boolean cancelled;
    private boolean over;

    TestCall(String cluster, @Nullable CallRequest request, boolean last, CallLimits limits, ResponseSink sink) {
        this.cluster = cluster;
        this.request = request;
        this.ended = last;
        this.limits = limits;
        this.sink = sink;
    }

    // ---- what the filter asks

    public String cluster() {
        return cluster;
    }

    public boolean isChannel() { return request == null; }

    /// The head of an HTTP call.
    public CallRequest request() {
        return Objects.requireNonNull(request, "a channel has no request");
    }

    public CallLimits limits() {
        return limits;
    }

    /// What the filter has sent so far.
    public String requestBody() {
        return body.toString();
    }

    public boolean requestEnded() {
        return ended;
    }

    /// Null when the request ended without any.
    public @Nullable Headers requestTrailers() {
        return trailers;
    }

    public boolean cancelled() {
        return cancelled;
    }

    /// Whether the filter accepts more of the response now.
    public boolean isReading() { return reading; }

    // ---- what the upstream does

    /// Answers with a whole response; `headers` are whole lines: `x-a: 1`.
    public void respond(int status, String text, String... headers) {
        ByteBuf data = Unpooled.copiedBuffer(text, StandardCharsets.UTF_8);
        boolean last = !data.isReadable();
        respondHead(status, data.readableBytes(), last, headers);
        if (!last) {
            respondBody(data, true);
        }
    }

    /// Answers with a head alone; without a body when `last`.
    public void respondHead(int status, boolean last, String... headers) {
        respondHead(status, last ? 0 : -1, last, headers);
    }

    private void respondHead(int status, long length, boolean last, String... headers) {
        if (!over) {
            over = last;
            ResponseHead head = ResponseHead.of(status, length);
            HeaderList fields = HeaderList.of(headers);
            for (int i = 0; i < fields.size(); i++) {
                head.headers().add(HeaderName.of(fields.nameAt(i)), fields.valueAt(i));
            }
            sink.head(head, last);
        }
    }

    /// Reports that the connection of the channel is established.
    public void connected() {
        if (!over) {
            sink.switched(ResponseHead.of(SWITCHED, -1));
        }
    }

    /// A part of the response's body, or bytes of the channel; the last of a channel is the end of the peer's direction.
    public void respondBody(String text, boolean last) {
        respondBody(Unpooled.copiedBuffer(text, StandardCharsets.UTF_8), last);
    }

    private void respondBody(ByteBuf data, boolean last) {
        if (over) {
            data.release();
            return;
        }
        over = last && (!isChannel() || ended);
        sink.body(data, last);
    }

    /// Ends the response with trailers; whole lines.
    public void respondTrailers(String... lines) {
        if (!over) {
            over = true;
            sink.trailers(ListHeaders.copyOf(HeaderList.of(lines)));
        }
    }

    /// Ends the call as a failure of the upstream.
    public void fail(ProxyFailure.Kind kind) {
        if (!over) {
            over = true;
            sink.failed(new ProxyFailure(kind, ProxyFailure.Origin.UPSTREAM, false, "scripted"));
        }
    }

    /// Accepts more of the request, or pauses it.
    public void writable(boolean now) {
        boolean told = now && !writable && !over;
        writable = now;
        if (told) {
            sink.writable();
        }
    }

    // ---- UpstreamCall

    @Override
    public void body(ByteBuf data, boolean last) {
        if (!over && !ended) {
            body.append(data.toString(StandardCharsets.UTF_8));
            ended = last;
        }
        data.release();
    }

    @Override
    public void trailers(Headers fields) {
        if (!over && !ended) {
            ended = true;
            trailers = ListHeaders.copyOf(fields);
        }
    }

    @Override
    public boolean writable() {
        return writable && !over;
    }

    @Override
    public void reading(boolean on) {
        reading = on;
    }

    @Override
    public void cancel() {
        cancelled |= !over;
        over = true;
    }
}
