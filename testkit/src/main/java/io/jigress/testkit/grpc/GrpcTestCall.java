package io.jigress.testkit.grpc;

import io.grpc.ClientCall;
import io.grpc.Metadata;
import io.grpc.Status;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/// A call of a [GrpcTestClient]. Messages are asked for one at a time, so that a test that does not read stops the server.
public final class GrpcTestCall {
    private sealed interface Event {
        record Message(byte[] bytes) implements Event {}

        record Closed() implements Event {}
    }

    private record End(Status status, Metadata trailers) {}

    private final ClientCall<byte[], byte[]> call;
    private final boolean streams;
    private final LinkedBlockingQueue<Event> events = new LinkedBlockingQueue<>();
    private final CompletableFuture<Metadata> headers = new CompletableFuture<>();
    private final CompletableFuture<End> end = new CompletableFuture<>();
    private final Object ready = new Object();

    /// @param streams whether the client sends a stream
    GrpcTestCall(ClientCall<byte[], byte[]> call, boolean streams, Metadata sent) {
        this.call = call;
        this.streams = streams;
        call.start(new ClientCall.Listener<>() {
            @Override
            public void onHeaders(Metadata received) {
                headers.complete(received);
            }

            @Override
            public void onMessage(byte[] message) {
                events.add(new Event.Message(message));
            }

            @Override
            public void onClose(Status status, Metadata trailers) {
                end.complete(new End(status, trailers));
                events.add(new Event.Closed());
                wake();
            }

            @Override
            public void onReady() {
                wake();
            }
        }, sent);
    }

    private void wake() {
        synchronized (ready) {
            ready.notifyAll();
        }
    }

    /// Sends a message; in a client stream, once the gateway accepts more: grpc-java opens other calls together with their message.
    public GrpcTestCall send(byte[] message) throws InterruptedException {
        synchronized (ready) {
            while (streams && !call.isReady() && !end.isDone()) {
                ready.wait(GrpcTestServer.PATIENCE.toMillis());
            }
        }
        if (!end.isDone()) {
            call.sendMessage(message);
        }
        return this;
    }

    public GrpcTestCall send(String message) throws InterruptedException {
        return send(message.getBytes(StandardCharsets.UTF_8));
    }

    /// Whether the gateway accepts more now.
    public boolean isReady() { return call.isReady(); }

    public GrpcTestCall halfClose() {
        call.halfClose();
        return this;
    }

    public void cancel() {
        call.cancel("the test cancels", null);
    }

    /// The response's headers.
    public Metadata headers() {
        return await(headers, "headers");
    }

    /// The next message; null when the call has ended.
    public byte @Nullable [] read() throws InterruptedException {
        call.request(1);
        Event event = events.poll(GrpcTestServer.PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
        return switch (event) {
            case null -> throw new AssertionError("no message came within " + GrpcTestServer.PATIENCE);
            case Event.Message(byte[] bytes) -> bytes;
            case Event.Closed _ -> null;
        };
    }

    /// The next message as text; empty when the call has ended.
    public String readText() throws InterruptedException {
        byte[] message = read();
        return message == null ? "" : new String(message, StandardCharsets.UTF_8);
    }

    /// How the call ended; waits for it.
    public Status status() {
        // A status that follows messages is delivered when the next message is requested.
        call.request(1);
        return await(end, "status").status();
    }

    public Metadata trailers() {
        return await(end, "status").trailers();
    }

    private static <T> T await(CompletableFuture<T> future, String what) {
        try {
            return future.get(GrpcTestServer.PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            throw new AssertionError("no " + what + " within " + GrpcTestServer.PATIENCE, e);
        } catch (InterruptedException | ExecutionException e) {
            throw new AssertionError(e);
        }
    }
}
