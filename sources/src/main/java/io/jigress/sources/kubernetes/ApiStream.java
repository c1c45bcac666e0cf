package io.jigress.sources.kubernetes;

import io.fabric8.kubernetes.client.http.AsyncBody;
import io.fabric8.kubernetes.client.http.HttpResponse;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// The body of a response as it arrives. The next part is requested when the last one was taken, so that a slow reader slows down the
/// sender. For one reader.
final class ApiStream implements AsyncBody.Consumer<List<ByteBuffer>>, AutoCloseable {

    /// @param bytes null at the end
    /// @param failure why it ended; null when the server ended it
    private record Part(byte @Nullable [] bytes, @Nullable Throwable failure) {}

    private final ClusterApi.Connections connections;
    /// At most one requested part, and the end.
    private final BlockingQueue<Part> parts = new LinkedBlockingQueue<>();
    /// Used by the reader.
    private @Nullable Part next;
    private volatile int code;
    private volatile @Nullable AsyncBody body;

    /// @param connections by which it is received
    ApiStream(ClusterApi.Connections connections) {
        this.connections = connections;
    }

    ClusterApi.Connections connections() {
        return connections;
    }

    void opened(HttpResponse<AsyncBody> response) {
        code = response.code();
        AsyncBody opened = response.body();
        body = opened;
        opened.done().whenComplete((_, failure) -> parts.add(new Part(null, failure)));
        opened.consume();
    }

    int code() {
        return code;
    }

    @Override
    public void consume(List<ByteBuffer> buffers, AsyncBody from) {
        byte[] bytes = new byte[buffers.stream().mapToInt(ByteBuffer::remaining).sum()];
        int at = 0;
        for (ByteBuffer buffer : buffers) {
            int length = buffer.remaining();
            buffer.get(bytes, at, length);
            at += length;
        }
        connections.heard();
        parts.add(new Part(bytes, null));
    }

    /// Waits for the next part.
    ///
    /// @return whether there is one, or the end
    boolean await(long nanos) throws InterruptedException {
        Part part = next == null ? parts.poll(nanos, TimeUnit.NANOSECONDS) : next;
        next = part;
        return part != null;
    }

    /// The next part; null when the server ended the body.
    ///
    /// @throws IOException when the connection broke, or nothing arrived within the time
    byte @Nullable [] next(long nanos) throws IOException, InterruptedException {
        if (!await(nanos)) {
            throw new IOException("nothing was received for " + TimeUnit.NANOSECONDS.toSeconds(nanos) + " s");
        }
        Part part = Objects.requireNonNull(next);
        next = null;
        if (part.failure != null) {
            throw new IOException(ClusterApi.why(part.failure), part.failure);
        }
        AsyncBody more = body;
        if (part.bytes != null && more != null) {
            more.consume();
        }
        return part.bytes;
    }

    @Override
    public void close() {
        AsyncBody opened = body;
        if (opened != null) {
            opened.cancel();
        }
    }
}
