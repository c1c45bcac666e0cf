package io.jigress.proxy.upstream;

import io.jigress.api.Headers;
import io.jigress.api.ProxyFailure;
import io.jigress.api.ResponseHead;
import io.jigress.api.ResponseSink;
import io.jigress.api.UpstreamCall;
import io.jigress.api.UpstreamSession;
import io.jigress.proxy.http.HeadLimits;
import io.jigress.proxy.http1.HeadPool;
import io.jigress.proxy.http1.Http1RequestHead;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/// A request that waits for a connection, is sent on it, and keeps the response.
final class TestRequest implements ConnectionPools.Waiter, ResponseSink {
    private final String bytes;
    private final boolean last;
    private final CompletableFuture<String> result = new CompletableFuture<>();
    private final CompletableFuture<UpstreamCall> call = new CompletableFuture<>();
    private final CompletableFuture<Boolean> reused = new CompletableFuture<>();
    private final CompletableFuture<Thread> failedOn = new CompletableFuture<>();
    private final StringBuilder text = new StringBuilder();

    /// A GET.
    TestRequest() {
        this("GET / HTTP/1.1\r\nHost: a\r\n\r\n", true);
    }

    /// @param bytes of the head
    /// @param last whether no body follows
    TestRequest(String bytes, boolean last) {
        this.bytes = bytes;
        this.last = last;
    }

    /// Status and body, or the failure.
    String result() {
        return await(result);
    }

    UpstreamCall call() {
        return await(call);
    }

    boolean reused() {
        return await(reused);
    }

    /// The thread that reported the failure.
    Thread failedOn() {
        return await(failedOn);
    }

    boolean done() {
        return result.isDone();
    }

    private static <T> T await(CompletableFuture<T> future) {
        try {
            return future.get(10, TimeUnit.SECONDS);
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    @Override
    public void acquired(UpstreamSession session, boolean reused) {
        Http1RequestHead head = new HeadPool().request(HeadLimits.STANDARD, "http");
        head.append(Unpooled.copiedBuffer(bytes, StandardCharsets.US_ASCII));
        this.reused.complete(reused);
        call.complete(session.open(head, last, this));
    }

    @Override
    public void failed(ProxyFailure failure) {
        failedOn.complete(Thread.currentThread());
        result.complete(failure.kind() + " " + failure.detail() + (failure.retryable() ? " retryable" : ""));
    }

    @Override
    public void informational(ResponseHead head) {}

    @Override
    public void switched(ResponseHead head) {
        head(head, false);
    }

    @Override
    public void head(ResponseHead head, boolean last) {
        text.append(head.status());
        end(last);
    }

    @Override
    public void body(ByteBuf data, boolean last) {
        text.append(' ').append(data.toString(StandardCharsets.ISO_8859_1));
        data.release();
        end(last);
    }

    @Override
    public void trailers(Headers trailers) {
        end(true);
    }

    private void end(boolean last) {
        if (last) {
            result.complete(text.toString());
        }
    }

    @Override
    public void writable() {}
}
