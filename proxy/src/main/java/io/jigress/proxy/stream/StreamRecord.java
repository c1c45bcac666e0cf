package io.jigress.proxy.stream;

import io.jigress.api.ProxyFailure;
import io.jigress.proxy.compile.CompiledStream;
import io.jigress.proxy.telemetry.ClosedBy;
import io.jigress.proxy.telemetry.StreamEvent;
import io.jigress.proxy.telemetry.StreamStats;
import org.jspecify.annotations.Nullable;

/// The facts of one stream, from which its metrics and its line in the access log are written. Event loop only.
final class StreamRecord {
    private final StreamContext context;
    private final StreamOrigin origin;
    private final StreamStats stats;
    private final String route;
    private final boolean logged;
    private final long startNanos;
    private final @Nullable StreamEvent event = StreamEvent.begun();
    private String cluster = "";
    private String endpoint = "";
    private int attempts;
    private long received;
    private long sent;
    private boolean ended;

    /// A stream begins now.
    StreamRecord(StreamContext context, StreamOrigin origin, CompiledStream route) {
        this.context = context;
        this.origin = origin;
        this.stats = route.stats(context.loop(), origin.statsLabel());
        this.route = route.origin();
        this.logged = route.options().accessLog();
        this.startNanos = context.loop().nanoTime();
        stats.begun();
        context.loop().metrics().streamsOpen++;
    }

    StreamOrigin origin() {
        return origin;
    }

    long startNanos() {
        return startNanos;
    }

    /// @param name as `explain` shows it
    void cluster(String name) {
        cluster = name;
    }

    /// @param address of the last attempt; empty for none
    /// @param count of attempts
    void endpoint(String address, int count) {
        endpoint = address;
        attempts = count;
    }

    /// Bytes of the client.
    void received(int bytes) {
        received += bytes;
        stats.received(bytes);
    }

    /// Bytes of the endpoint.
    void sent(int bytes) {
        sent += bytes;
        stats.sent(bytes);
    }

    /// Whether the endpoint has not sent anything.
    boolean isUnanswered() { return sent == 0; }

    boolean isEnded() { return ended; }

    /// The stream has ended. Only the first call counts.
    void end(ClosedBy by, @Nullable ProxyFailure failure) {
        if (ended) {
            return;
        }
        ended = true;
        context.loop().metrics().streamsOpen--;
        long now = context.loop().nanoTime();
        stats.ended(by, failure, now - startNanos);
        if (context.writes(logged, event)) {
            context.log(new StreamContext.Line(origin, route, cluster, endpoint, attempts, startNanos, received, sent), logged,
                    event, by, failure, now);
        }
    }
}
