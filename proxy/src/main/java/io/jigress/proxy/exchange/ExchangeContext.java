package io.jigress.proxy.exchange;

import io.jigress.proxy.compile.CompiledHost;
import io.jigress.proxy.compile.CompiledRoute;
import io.jigress.proxy.loop.Loop;
import io.jigress.proxy.route.MatchScratch;
import io.jigress.proxy.upstream.ConnectionPools;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.function.LongSupplier;

/// What the exchanges of one event loop share: pools, scratch space, and the exchange objects that are kept for reuse.
public final class ExchangeContext {
    private static final int KEPT = 1024;
    /// The lower bits of a connection's number count those of its loop.
    private static final int LOOP_SHIFT = 48;

    final Loop loop;
    final ConnectionPools pools;
    final LongSupplier epochMillis;
    final int heldBodyBytes;
    final RetryMemory retryMemory;
    final MatchScratch<CompiledHost, CompiledRoute> scratch = new MatchScratch<>();
    final FaultLog faults;
    private final DateField date;
    private final ArrayDeque<HttpExchange> free = new ArrayDeque<>();
    private long connections;

    /// @param heldBodyBytes the most that a filter may hold back of one body
    /// @param retryMemory of the process
    public ExchangeContext(Loop loop, ConnectionPools pools, LongSupplier epochMillis, int heldBodyBytes,
            RetryMemory retryMemory) {
        this.retryMemory = retryMemory;
        this.heldBodyBytes = heldBodyBytes;
        this.loop = loop;
        this.pools = pools;
        this.epochMillis = epochMillis;
        this.date = new DateField(epochMillis);
        this.faults = new FaultLog(loop.nanoTime());
    }

    public Loop loop() {
        return loop;
    }

    public ConnectionPools pools() {
        return pools;
    }

    /// The wall clock.
    public long epochMillis() {
        return epochMillis.getAsLong();
    }

    /// The most that a filter may hold back of one body.
    public int heldBodyBytes() {
        return heldBodyBytes;
    }

    /// A number for a new client connection, unique in the process.
    public long newConnectionId() {
        return (long) loop.index() << LOOP_SHIFT | ++connections;
    }

    /// The date that a response made now carries.
    public String date() {
        return date.value();
    }

    /// An id for a response without a request, which links it to its line in the access log.
    public String newRequestId() {
        byte[] id = new byte[RequestId.BYTES];
        RequestId.make(loop, id);
        return new String(id, StandardCharsets.ISO_8859_1);
    }

    /// An exchange for a request whose first byte has arrived.
    public HttpExchange take() {
        HttpExchange exchange = free.pollLast();
        return exchange == null ? new HttpExchange(this) : exchange;
    }

    /// How many exchanges are kept for reuse.
    public int kept() {
        return free.size();
    }

    void give(HttpExchange exchange) {
        if (free.size() < KEPT) {
            free.addLast(exchange);
        }
    }
}
