package io.jigress.proxy;

import io.jigress.api.Json;
import io.jigress.proxy.exchange.ExchangeContext;
import io.jigress.proxy.exchange.RetryMemory;
import io.jigress.proxy.http1.HeadPool;
import io.jigress.proxy.loop.Loop;
import io.jigress.proxy.telemetry.ProcessMemory;
import io.jigress.proxy.upstream.ConnectionPools;
import io.netty.channel.Channel;
import io.netty.channel.ChannelOutboundBuffer;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/// The memory in use by the data plane, for `/memory`. For any thread; each event loop reports for itself.
final class MemoryReport {
    /// A loop that does not answer within this time is reported as busy.
    private static final long PATIENCE_MILLIS = 500;

    /// The resources of one event loop.
    record Owned(ExchangeContext context, ConnectionPools pools, HeadPool heads) {}

    private final List<Owned> loops;
    private final Collection<Channel> connections;
    private final RetryMemory retries;

    /// @param loops in their order
    /// @param connections of clients, open now
    MemoryReport(List<Owned> loops, Collection<Channel> connections, RetryMemory retries) {
        this.loops = List.copyOf(loops);
        this.connections = connections;
        this.retries = retries;
    }

    Json.Builder now() {
        return Json.object().put("process", ProcessMemory.process())
                .put("heap", ProcessMemory.heap())
                .put("code", ProcessMemory.code())
                .put("direct", ProcessMemory.direct())
                .put("clients", clients())
                .put("retries", Json.object().put("keptBytes", retries.used()).build())
                .put("loops", Json.array(loops()));
    }

    private Json clients() {
        long pending = 0;
        for (Channel connection : connections) {
            ChannelOutboundBuffer outbound = connection.unsafe().outboundBuffer();
            pending += outbound == null ? 0 : outbound.totalPendingWriteBytes();
        }
        return Json.object().put("connections", connections.size()).put("unsentBytes", pending).build();
    }

    private List<Json> loops() {
        List<Future<Json>> asked = loops.stream()
                .map(owned -> (Future<Json>) owned.context.loop().executor().submit(() -> describe(owned))).toList();
        long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(PATIENCE_MILLIS);
        List<Json> answers = new ArrayList<>();
        for (int i = 0; i < asked.size(); i++) {
            answers.add(answer(i, asked.get(i), deadline - System.nanoTime()));
        }
        return answers;
    }

    private static Json answer(int index, Future<Json> asked, long patienceNanos) {
        try {
            return asked.get(Math.max(0, patienceNanos), TimeUnit.NANOSECONDS);
        } catch (TimeoutException _) {
            asked.cancel(false);
            return Json.object().put("loop", index).put("answers", false).build();
        } catch (ExecutionException e) {
            throw new IllegalStateException("loop " + index + " cannot describe itself", e.getCause());
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted");
        }
    }

    private static Json describe(Owned owned) {
        Loop loop = owned.context.loop();
        return Json.object().put("loop", loop.index()).put("answers", true)
                .put("connections", loop.metrics().connectionsAccepted - loop.metrics().connectionsClosed)
                .put("tunnels", loop.metrics().tunnelsOpen)
                .put("streams", loop.metrics().streamsOpen)
                .put("udp", Json.object().put("sessions", loop.metrics().udpSessions)
                        .put("bufferBytes", loop.metrics().datagramBufferBytes).build())
                .put("upstream", owned.pools.describe())
                .put("timers", loop.timers().size())
                .put("pooledExchanges", owned.context.kept())
                .put("pooledHeads", owned.heads.size())
                .put("pooledHeadBytes", owned.heads.bytes())
                .put("accessLog", Json.object().put("capacityBytes", loop.accessLog().capacityBytes())
                        .put("heldBytes", loop.accessLog().heldBytes()).build())
                .build();
    }
}
