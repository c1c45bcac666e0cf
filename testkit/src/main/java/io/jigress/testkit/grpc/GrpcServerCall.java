package io.jigress.testkit.grpc;

import io.grpc.Context;
import io.grpc.Deadline;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.Status;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// A call at a [GrpcTestServer]. Messages are asked for one at a time, so that a handler that does not read stops the client.
public final class GrpcServerCall {
    private sealed interface Event {
        record Message(byte[] bytes) implements Event {}

        record HalfClosed() implements Event {}

        record Cancelled() implements Event {}
    }

    private final ServerCall<byte[], byte[]> call;
    private final Metadata headers;
    private final @Nullable Deadline deadline = Context.current().getDeadline();
    private final LinkedBlockingQueue<Event> events = new LinkedBlockingQueue<>();
    private final CountDownLatch cancelled = new CountDownLatch(1);
    private final Object ready = new Object();
    private boolean headersSent;
    private volatile boolean isCancelled;

    GrpcServerCall(ServerCall<byte[], byte[]> call, Metadata headers) {
        this.call = call;
        this.headers = headers;
    }

    ServerCall.Listener<byte[]> listener() {
        return new ServerCall.Listener<>() {
            @Override
            public void onMessage(byte[] message) {
                events.add(new Event.Message(message));
            }

            @Override
            public void onHalfClose() {
                events.add(new Event.HalfClosed());
            }

            @Override
            public void onCancel() {
                isCancelled = true;
                cancelled.countDown();
                events.add(new Event.Cancelled());
                wake();
            }

            @Override
            public void onReady() {
                wake();
            }
        };
    }

    private void wake() {
        synchronized (ready) {
            ready.notifyAll();
        }
    }

    // ---- the request

    /// `service/Method`.
    public String method() {
        return call.getMethodDescriptor().getFullMethodName();
    }

    public Metadata headers() {
        return headers;
    }

    /// The client's deadline as the server knows it; null when there is none.
    public @Nullable Deadline deadline() {
        return deadline;
    }

    /// The next message; null when the client has ended its side, or the call.
    public byte @Nullable [] read() throws InterruptedException {
        call.request(1);
        Event event = events.poll(GrpcTestServer.PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
        return switch (event) {
            case null -> throw new AssertionError("no message came within " + GrpcTestServer.PATIENCE);
            case Event.Message(byte[] bytes) -> bytes;
            case Event.HalfClosed _ -> null;
            case Event.Cancelled _ -> null;
        };
    }

    /// The next message as text; empty when the client has ended its side, or the call.
    public String readText() throws InterruptedException {
        byte[] message = read();
        return message == null ? "" : new String(message, StandardCharsets.UTF_8);
    }

    // ---- the response

    public GrpcServerCall sendHeaders(Metadata metadata) {
        headersSent = true;
        call.sendHeaders(metadata);
        return this;
    }

    /// Sends a message, once the client accepts more.
    public GrpcServerCall send(byte[] message) throws InterruptedException {
        if (!headersSent) {
            sendHeaders(new Metadata());
        }
        synchronized (ready) {
            while (!call.isReady() && !isCancelled) {
                ready.wait(GrpcTestServer.PATIENCE.toMillis());
            }
        }
        if (!isCancelled) {
            call.sendMessage(message);
        }
        return this;
    }

    public GrpcServerCall send(String message) throws InterruptedException {
        return send(message.getBytes(StandardCharsets.UTF_8));
    }

    /// Whether the client accepts more now.
    public boolean isReady() { return call.isReady(); }

    public void end() {
        end(Status.OK, new Metadata());
    }

    public void end(Status status, Metadata trailers) {
        if (!isCancelled) {
            call.close(status, trailers);
        }
    }

    void broke() {
        if (!isCancelled) {
            try {
                call.close(Status.UNKNOWN.withDescription("the handler threw"), new Metadata());
            } catch (IllegalStateException _) {
                // It is closed already.
            }
        }
    }

    /// Waits until the client has cancelled the call, or its connection is closed.
    public void awaitCancelled() throws InterruptedException {
        if (!cancelled.await(GrpcTestServer.PATIENCE.toMillis(), TimeUnit.MILLISECONDS)) {
            throw new AssertionError("the call was not cancelled within " + GrpcTestServer.PATIENCE);
        }
    }
}
