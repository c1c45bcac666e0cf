package io.jigress.dubbo;

import io.jigress.api.HeaderName;
import io.jigress.api.Headers;
import io.jigress.api.ProxyFailure;
import io.jigress.api.ProxyFailure.Kind;
import io.jigress.api.ProxyFailure.Origin;
import io.jigress.api.RequestHead;
import io.jigress.api.ResponseHead;
import io.jigress.api.ResponseSink;
import io.jigress.api.UpstreamCall;
import io.jigress.dubbo.mapping.Answer;
import io.jigress.dubbo.mapping.HttpCall;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/// A request that is mapped to one call of a provider, whatever the protocol of the connection: its body is collected, since its JSON must be
/// complete, and it then waits for one response.
abstract class MappedCall implements UpstreamCall {
    private static final HeaderName EXPECT = HeaderName.of("expect");
    private static final HeaderName CONTENT_TYPE = HeaderName.of("content-type");
    private static final byte[] NO_BODY = {};

    private static final ProxyFailure TOO_LARGE = new ProxyFailure(Kind.BODY_TOO_LARGE, Origin.CLIENT, false,
            "request_over_frame");
    static final ProxyFailure RESPONSE_TOO_LARGE = badResponse("response_over_frame");
    static final ProxyFailure OTHER_SERIALIZATION = badResponse("other_serialization");
    static final ProxyFailure MALFORMED = badResponse("malformed_response");
    static final ProxyFailure LOST = reset("connection_lost");

    private final OpenCalls<?> calls;
    private final long number;
    private final RequestHead head;
    private final boolean headOnly;
    private final ResponseSink sink;
    private @Nullable HttpCall mapped;
    private @Nullable ByteBuf body;
    private boolean sent;
    private boolean over;
    private boolean timed;
    private long deadline;

    MappedCall(OpenCalls<?> calls, long number, RequestHead head, ResponseSink sink) {
        this.calls = calls;
        this.number = number;
        this.head = head;
        this.headOnly = head.method().equals("HEAD");
        this.sink = sink;
    }

    static ProxyFailure badResponse(String detail) {
        return new ProxyFailure(Kind.UPSTREAM_BAD_RESPONSE, Origin.UPSTREAM, false, detail);
    }

    static ProxyFailure reset(String detail) {
        return new ProxyFailure(Kind.UPSTREAM_RESET, Origin.UPSTREAM, true, detail);
    }

    /// Sends the call, within `open` or a method of this call. What goes wrong is reported by [#later].
    ///
    /// @param json the body of the request
    abstract void send(HttpCall call, RequestHead request, byte[] json);

    /// The call is over, however it ended: releases what the protocol holds for it.
    abstract void ended();

    final long number() {
        return number;
    }

    /// The mapped method; null for a request that has none.
    final @Nullable HttpCall mapped() {
        return mapped;
    }

    // ---- the request

    final void begin(boolean last) {
        switch (HttpCall.begin(calls.service(), head)) {
            case HttpCall.Refused refused -> later(() -> answer(refused.answer()));
            case HttpCall.Begun begun -> {
                mapped = begun.call();
                if (head.contentLength() > calls.limits().frameBytes()) {
                    refuse();
                } else if (last) {
                    complete(begun.call());
                } else if (head.headers().equal(EXPECT, "100-continue")) {
                    // Nothing else requests the body.
                    later(() -> sink.informational(ResponseHead.of(100, 0)));
                }
            }
        }
    }

    @Override
    public final void body(ByteBuf data, boolean last) {
        HttpCall call = mapped;
        if (call == null || sent || over) {
            data.release();
            return;
        }
        int length = data.readableBytes() + (body == null ? 0 : body.readableBytes());
        if (length > calls.limits().frameBytes()) {
            data.release();
            refuse();
            return;
        }
        if (call.readsBody()) {
            keep(data);
        } else {
            data.release();
        }
        if (last) {
            complete(call);
            calls.channel().flush();
        }
    }

    private void keep(ByteBuf data) {
        try {
            if (body == null) {
                body = calls.channel().allocator().buffer(data.readableBytes());
            }
            body.writeBytes(data);
        } finally {
            data.release();
        }
    }

    @Override
    public final void trailers(Headers trailers) {
        // A call cannot carry trailers.
        body(Unpooled.EMPTY_BUFFER, true);
    }

    private void complete(HttpCall call) {
        byte[] json = body == null ? NO_BODY : ByteBufUtil.getBytes(body);
        drop();
        sent = true;
        send(call, head, json);
    }

    final void refuse() {
        sent = true;
        drop();
        later(() -> fail(TOO_LARGE));
    }

    // ---- the timeout

    final void expires(long nanoTime) {
        timed = true;
        deadline = nanoTime;
    }

    /// The maximum for a call without a timeout.
    final long nanosLeft(long now) {
        return timed ? deadline - now : Long.MAX_VALUE;
    }

    // ---- the response

    /// Results must not be delivered from within `open` or a method of the call.
    final void later(Runnable task) {
        calls.channel().schedule(Duration.ZERO, () -> {
            if (calls.has(this)) {
                task.run();
                calls.changed();
                calls.tellChanges();
            }
        });
    }

    final void fail(ProxyFailure failure) {
        if (end()) {
            sink.failed(failure);
            calls.changed();
        }
    }

    final void answer(Answer answer) {
        byte[] json = answer.json().getBytes(StandardCharsets.UTF_8);
        ResponseHead response = ResponseHead.of(answer.status(), json.length);
        if (json.length > 0) {
            response.headers().add(CONTENT_TYPE, "application/json");
        }
        answer.headers().forEach((name, value) -> response.headers().add(HeaderName.of(name), value));
        calls.changed();
        if (headOnly || json.length == 0) {
            if (end()) {
                sink.head(response, true);
            }
            return;
        }
        if (!calls.has(this)) {
            return;
        }
        sink.head(response, false);
        // The receiver may have cancelled the call.
        if (end()) {
            sink.body(calls.channel().allocator().buffer(json.length).writeBytes(json), true);
        }
    }

    /// False when the call had ended already.
    private boolean end() {
        over = true;
        drop();
        if (!calls.remove(this)) {
            return false;
        }
        ended();
        return true;
    }

    private void drop() {
        if (body != null) {
            body.release();
            body = null;
        }
    }

    @Override
    public final boolean writable() {
        return true;
    }

    @Override
    public final void reading(boolean on) {
        // A response is one message: when it has arrived there is nothing left to pause.
    }

    @Override
    public final void cancel() {
        if (end()) {
            calls.channel().changed();
        }
    }
}
