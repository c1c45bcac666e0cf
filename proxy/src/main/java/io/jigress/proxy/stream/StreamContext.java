package io.jigress.proxy.stream;

import io.jigress.api.ProxyFailure;
import io.jigress.api.ProxyProtocol;
import io.jigress.proxy.exchange.ExchangeContext;
import io.jigress.proxy.loop.Loop;
import io.jigress.proxy.proxyprotocol.ConnectionAddresses;
import io.jigress.proxy.telemetry.AccessRecord;
import io.jigress.proxy.telemetry.ClosedBy;
import io.jigress.proxy.telemetry.StreamEvent;
import io.jigress.proxy.upstream.ConnectionPools;
import org.jspecify.annotations.Nullable;

/// What the streams of one event loop share. Event loop only.
public final class StreamContext {
    private final ExchangeContext context;
    private final AccessRecord record = new AccessRecord(true);

    public StreamContext(ExchangeContext context) {
        this.context = context;
    }

    public Loop loop() {
        return context.loop();
    }

    long newConnectionId() {
        return context.newConnectionId();
    }

    public ConnectionPools pools() {
        return context.pools();
    }

    /// Whether [#log] has something to do.
    public boolean writes(boolean logged, @Nullable StreamEvent event) {
        return logged && loop().accessLog().isOn() || event != null;
    }

    /// What the log says of a stream.
    ///
    /// @param route as `explain` names it; likewise the cluster
    /// @param endpoint of the last attempt; empty for none
    public record Line(StreamOrigin origin, String route, String cluster, String endpoint, int attempts, long startNanos,
            long received,
            long sent) {}

    /// Writes a stream that has ended to the access log, and to a JFR recording.
    ///
    /// @param logged whether its route is logged
    /// @param event which began with the stream; null when nobody records
    /// @param now on the loop's clock
    public void log(Line line, boolean logged, @Nullable StreamEvent event, ClosedBy by, @Nullable ProxyFailure failure,
            long now) {
        record.begin(line.startNanos, context.epochMillis() - (now - line.startNanos) / 1_000_000);
        record.protocol(line.origin.protocol());
        record.client(line.origin.client());
        ProxyProtocol header = line.origin.header();
        if (header != null) {
            record.proxy(header.sender().getAddress().getHostAddress(), ConnectionAddresses.uniqueId(header));
        }
        record.tls("", "", line.origin.serverName());
        record.route(line.route);
        record.cluster(line.cluster);
        record.endpoint(line.endpoint);
        record.attempts(line.attempts);
        record.bytesReceived(line.received);
        record.bytesSent(line.sent);
        record.closedBy(by);
        if (failure != null) {
            record.failure(failure);
        }
        record.end(now);
        if (logged && loop().accessLog().isOn()) {
            loop().accessLog().write(record);
        }
        if (event != null) {
            event.commit(record);
        }
        record.reset();
    }
}
