package io.jigress.testkit;

import io.jigress.api.CallLimits;
import io.jigress.api.CallRequest;
import io.jigress.api.CallResult;
import io.jigress.api.Headers;
import io.jigress.api.ListHeaders;
import io.jigress.api.ProxyFailure;
import io.jigress.api.ResponseHead;
import io.jigress.api.ResponseSink;
import io.jigress.api.Services;
import io.jigress.api.UpstreamCall;
import io.jigress.api.UpstreamCallers;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// The calls of a filter under test: each is answered by the script of its cluster, at the next [ManualServices#advance] or
/// [TestExchange#awaitResumed], or by the test, which gets it from [#next].
public final class TestCallers implements UpstreamCallers {
    private final ManualServices services;
    private final Map<String, Consumer<TestCall>> scripts = new HashMap<>();
    private final ArrayDeque<TestCall> open = new ArrayDeque<>();

    TestCallers(ManualServices services) {
        this.services = services;
    }

    /// Answers each call to a cluster from now on.
    public void script(String cluster, Consumer<TestCall> answer) {
        scripts.put(cluster, answer);
    }

    /// The oldest call that no script has answered and no test has asked for.
    public TestCall next() {
        TestCall call = open.pollFirst();
        if (call == null) {
            throw new AssertionError("the filter has opened no call");
        }
        return call;
    }

    /// How many calls [#next] can still return.
    public int pending() {
        return open.size();
    }

    @Override
    public UpstreamCall http(String cluster, CallRequest request, boolean last, CallLimits limits, ResponseSink sink) {
        return open(new TestCall(cluster, request, last, limits, sink));
    }

    @Override
    public UpstreamCall channel(String cluster, CallLimits limits, ResponseSink sink) {
        return open(new TestCall(cluster, null, false, limits, sink));
    }

    private TestCall open(TestCall call) {
        Consumer<TestCall> script = scripts.get(call.cluster());
        if (script == null) {
            open.addLast(call);
        } else {
            services.schedule(Duration.ZERO, () -> script.accept(call));
        }
        return call;
    }

    @Override
    public Services.Cancellable unary(String cluster, CallRequest request, ByteBuf body, CallLimits limits, int maxResponseBytes,
            Consumer<CallResult> result) {
        Collected collected = new Collected(maxResponseBytes, result);
        request.contentLength(body.readableBytes());
        UpstreamCall call = http(cluster, request, !body.isReadable(), limits, collected);
        collected.call = call;
        call.body(body, true);
        return collected;
    }

    /// The response of a unary call.
    private static final class Collected implements ResponseSink, Services.Cancellable {
        private final int maxBytes;
        private final Consumer<CallResult> result;
        private final ByteBuf body = Unpooled.buffer();
        private @Nullable UpstreamCall call;
        private @Nullable ResponseHead head;

        Collected(int maxBytes, Consumer<CallResult> result) {
            this.maxBytes = maxBytes;
            this.result = result;
        }

        @Override
        public void cancel() {
            if (call != null) {
                call.cancel();
            }
        }

        @Override
        public void informational(ResponseHead informational) {
            // Not part of the result.
        }

        @Override
        public void head(ResponseHead response, boolean last) {
            head = response;
            if (last) {
                done(new ListHeaders());
            }
        }

        @Override
        public void switched(ResponseHead response) {
            throw new IllegalStateException("a unary call does not ask to switch");
        }

        @Override
        public void body(ByteBuf data, boolean last) {
            body.writeBytes(data);
            data.release();
            if (body.readableBytes() > maxBytes) {
                cancel();
                failed(new ProxyFailure(ProxyFailure.Kind.UPSTREAM_BAD_RESPONSE, ProxyFailure.Origin.UPSTREAM, false,
                        "response_over_limit"));
            } else if (last) {
                done(new ListHeaders());
            }
        }

        @Override
        public void trailers(Headers trailers) {
            done(trailers);
        }

        private void done(Headers trailers) {
            if (head == null) {
                throw new AssertionError("a response without a head");
            }
            result.accept(new CallResult.Response(head, body, trailers));
        }

        @Override
        public void failed(ProxyFailure failure) {
            result.accept(new CallResult.Failed(failure));
        }

        @Override
        public void writable() {
            // The whole body was given at once.
        }
    }
}
