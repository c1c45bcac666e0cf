package io.jigress.dubbo;

import io.jigress.api.ProxyFailure;
import io.jigress.api.ProxyFailure.Kind;
import io.jigress.api.ProxyFailure.Origin;
import io.jigress.api.RequestHead;
import io.jigress.api.ResponseSink;
import io.jigress.api.UpstreamCall;
import io.jigress.api.UpstreamChannel;
import io.jigress.api.UpstreamSession;
import io.jigress.dubbo.mapping.Answer;
import io.jigress.dubbo.mapping.HttpCall;
import io.netty.buffer.ByteBuf;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/// One HTTP/2 connection to a Triple provider. Each call is a request of its own, which is sent when the body of the client's request is complete.
final class TripleSession implements UpstreamSession {
    /// The provider ends the connection, or takes fewer requests than before: the call was not sent.
    private static final ProxyFailure NOT_SENT = new ProxyFailure(Kind.UPSTREAM_REFUSED, Origin.UPSTREAM, true,
            "no_stream_left");

    private final UpstreamSession http2;
    private final OpenCalls<Call> calls;
    private long lastCall;
    private boolean reading;

    TripleSession(TripleProtocol protocol, UpstreamChannel channel) {
        DubboProtocol settings = protocol.settings();
        calls = new OpenCalls<>(channel, settings.limits(), settings.services().place(settings.service()));
        http2 = protocol.http2().session(channel);
    }

    @Override
    public int concurrency() {
        return Math.min(http2.concurrency(), calls.limits().concurrency());
    }

    @Override
    public int active() {
        return calls.size();
    }

    @Override
    public UpstreamCall open(RequestHead head, boolean last, ResponseSink sink) {
        Call call = new Call(++lastCall, head, sink);
        calls.add(call);
        call.begin(last);
        return call;
    }

    private final class Call extends MappedCall {
        private @Nullable UpstreamCall request;
        private @Nullable TripleResponse response;

        Call(long number, RequestHead head, ResponseSink sink) {
            super(calls, number, head, sink);
        }

        @Override
        void send(HttpCall call, RequestHead head, byte[] json) {
            ByteBuf message = calls.channel().allocator().buffer();
            boolean handed = false;
            try {
                Answer refused = call.writeTriple(head, json, calls.limits().json(), message);
                int length = message.readableBytes();
                if (refused != null) {
                    later(() -> answer(refused));
                } else if (length > calls.limits().frameBytes()) {
                    refuse();
                } else if (http2.active() >= http2.concurrency()) {
                    later(() -> fail(NOT_SENT));
                } else {
                    TripleResponse expected = new TripleResponse(call, calls.limits(), new Outcome());
                    response = expected;
                    UpstreamCall opened = http2.open(call.tripleHead(head, length), false, expected);
                    request = opened;
                    handed = true;
                    opened.body(message, true);
                    Duration timeout = call.timeout();
                    if (timeout != null) {
                        calls.time(this, timeout);
                    }
                }
            } finally {
                if (!handed) {
                    message.release();
                }
            }
        }

        @Override
        void ended() {
            if (response != null) {
                response.release();
                response = null;
            }
            if (request != null) {
                request.cancel();
                request = null;
            }
        }

        private final class Outcome implements TripleResponse.Outcome {
            @Override
            public void answered(Answer answer) {
                answer(answer);
                told();
            }

            @Override
            public void failed(ProxyFailure failure) {
                fail(failure);
                told();
            }
        }
    }

    private void told() {
        if (!reading) {
            calls.tellChanges();
        }
    }

    // ---- the connection

    @Override
    public void read(ByteBuf bytes) {
        reading = true;
        http2.read(bytes);
        reading = false;
    }

    @Override
    public void readComplete() {
        http2.readComplete();
        calls.tellChanges();
    }

    @Override
    public void writable() {
        http2.writable();
    }

    @Override
    public boolean inputEnded() {
        return http2.inputEnded();
    }

    @Override
    public void closed(String cause) {
        http2.closed(cause);
        // Those whose request was not sent yet.
        calls.all().forEach(call -> call.fail(MappedCall.LOST));
        calls.tellChanges();
    }
}
