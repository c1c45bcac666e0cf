package io.jigress.proxy.upstream;

import io.jigress.api.ProxyFailure;
import io.jigress.api.ProxyFailure.Kind;
import io.jigress.api.ProxyFailure.Origin;
import io.jigress.proxy.loop.Loop;
import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.channel.ChannelOption;
import java.util.ArrayDeque;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// One event loop's connections to one [Destination], and the requests that wait for one. Event loop only.
final class EndpointPool {
    private static final ProxyFailure OVERLOADED = new ProxyFailure(Kind.OVERLOADED, Origin.GATEWAY, false,
            "too_many_pending");

    private final ConnectionPools pools;
    private final Destination destination;
    /// Connections with room for a call; the last was used last.
    private final ArrayDeque<UpstreamConnection> ready = new ArrayDeque<>();
    private final ArrayDeque<Waiting> waiting = new ArrayDeque<>();
    private int open;
    private int idle;
    private int connecting;
    private int calls;

    record Waiting(EndpointPool pool, Upstream upstream, boolean fresh, ConnectionPools.Waiter waiter) {}

    EndpointPool(ConnectionPools pools, Destination destination) {
        this.pools = pools;
        this.destination = destination;
    }

    void acquire(Upstream upstream, boolean fresh, ConnectionPools.Waiter waiter) {
        if (!fresh) {
            UpstreamConnection connection = ready.pollLast();
            while (connection != null) {
                connection.ready = false;
                if (connection.usable()) {
                    hand(connection, upstream, waiter);
                    settle(connection);
                    return;
                }
                connection.close();
                connection = ready.pollLast();
            }
        }
        if (!upstream.tryWait(destination)) {
            waiter.failed(OVERLOADED);
            return;
        }
        Waiting place = new Waiting(this, upstream, fresh, waiter);
        waiting.addLast(place);
        pools.began(place);
        pools.use(this, true);
        expand();
    }

    void cancel(Waiting place) {
        waiting.remove(place);
        pools.ended(place);
        used();
    }

    /// Requests that are under way or wait.
    int outstanding() {
        return calls + waiting.size();
    }

    int open() {
        return open;
    }

    int idle() {
        return idle;
    }

    int connecting() {
        return connecting;
    }

    Loop loop() {
        return pools.loop();
    }

    Destination destination() {
        return destination;
    }

    /// Runs something on this pool's loop, from any thread.
    void run(Consumer<EndpointPool> action) {
        try {
            loop().executor().execute(() -> action.accept(this));
        } catch (RejectedExecutionException _) {
            // The loop has ended, and its connections with it.
        }
    }

    private static void hand(UpstreamConnection connection, Upstream upstream, ConnectionPools.Waiter waiter) {
        try {
            waiter.acquired(connection.session(), connection.use(upstream.idleNanos()));
            connection.flushLater();
        } catch (OutOfMemoryError e) {
            connection.outOfMemory(e);
        }
    }

    /// Looks again at a connection whose calls have changed: gives it to those that wait, keeps it, or closes it.
    void settle(UpstreamConnection connection) {
        count(connection);
        while (connection.hasRoom()) {
            Waiting next = next(connection);
            if (next == null) {
                break;
            }
            pools.ended(next);
            hand(connection, next.upstream(), next.waiter());
            count(connection);
        }
        if (connection.gone()) {
            return;
        }
        boolean free = connection.calls == 0;
        if (free && (!connection.hasRoom() || destination.retired() || destination.hasStarved())) {
            connection.close();
        } else if (connection.hasRoom() != connection.ready) {
            connection.ready = !connection.ready;
            if (connection.ready) {
                ready.addLast(connection);
            } else {
                ready.remove(connection);
            }
        }
        if (free && !connection.gone() && !connection.idle) {
            connection.rest();
            idle(1);
        }
    }

    private void count(UpstreamConnection connection) {
        if (!connection.gone()) {
            int now = connection.session().active();
            calls += now - connection.calls;
            connection.calls = now;
        }
    }

    /// The first that waits and may have this connection.
    private @Nullable Waiting next(UpstreamConnection connection) {
        Waiting first = waiting.peekFirst();
        if (first == null || !connection.used || !first.fresh()) {
            return waiting.pollFirst();
        }
        for (Waiting place : waiting) {
            if (!place.fresh()) {
                waiting.remove(place);
                return place;
            }
        }
        return null;
    }

    void idle(int change) {
        idle += change;
        loop().metrics().poolIdle += change;
    }

    // ---- opening

    /// Connects as long as more wait than connections are on the way, and the limit allows.
    void expand() {
        while (waiting.size() > expected()) {
            Waiting first = waiting.getFirst();
            if (destination.tryOpen(first.upstream().cluster().connections().maxConnections())) {
                connect(first.upstream());
            } else if (!yieldOldest()) {
                destination.starve(this);
                return;
            }
        }
    }

    /// How many of those that wait the connections on the way will serve. The very first one goes alone: it tells how many calls a
    /// connection carries.
    private long expected() {
        int each = destination.concurrency();
        return each > 0 ? (long) connecting * each : connecting > 0 ? Integer.MAX_VALUE : 0;
    }

    private void connect(Upstream upstream) {
        connecting++;
        long millis = Math.max(1, upstream.cluster().connections().connectTimeout().toMillis());
        UpstreamConnection connection = new UpstreamConnection(this, upstream.idleNanos());
        new Bootstrap().group(loop().executor())
                .channelFactory(pools.transport())
                .option(ChannelOption.ALLOCATOR, PooledByteBufAllocator.DEFAULT)
                .option(ChannelOption.TCP_NODELAY, true)
                // So that the end of a tunnel whose peer has died is noticed, by the kernel's clock.
                .option(ChannelOption.SO_KEEPALIVE, true)
                .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, (int) Math.min(Integer.MAX_VALUE, millis))
                .handler(connection)
                .connect(destination.address())
                .addListener(done -> {
                    if (!done.isSuccess()) {
                        failed(ConnectFault.of(done.cause()));
                    }
                });
    }

    void connected(UpstreamConnection connection) {
        connecting--;
        open++;
        loop().metrics().poolOpen++;
        pools.use(this, true);
        destination.concurrency(Math.max(1, connection.session().concurrency()));
        settle(connection);
        expand();
    }

    private void failed(ProxyFailure failure) {
        connecting--;
        int each = destination.concurrency();
        long victims = Math.min(waiting.size() - expected(), each > 0 ? each : Integer.MAX_VALUE);
        destination.closed();
        for (; victims > 0; victims--) {
            Waiting place = waiting.pollFirst();
            if (place == null) {
                break;
            }
            pools.ended(place);
            place.waiter().failed(failure);
        }
        expand();
        used();
    }

    // ---- closing

    /// A connection is not to be used any more; once per connection that was connected.
    void drop(UpstreamConnection connection) {
        if (connection.ready) {
            connection.ready = false;
            ready.remove(connection);
        }
        if (connection.idle) {
            connection.idle = false;
            idle(-1);
        }
        calls -= connection.calls;
        open--;
        loop().metrics().poolOpen--;
        destination.closed();
        expand();
        used();
    }

    private void used() {
        pools.use(this, open + connecting + waiting.size() > 0);
    }

    /// Other loops wait for connections: gives one up that carries nothing.
    void yieldIdle() {
        if (destination.hasStarved()) {
            yieldOldest();
        }
    }

    private boolean yieldOldest() {
        for (UpstreamConnection connection : ready) {
            if (connection.idle) {
                connection.close();
                return true;
            }
        }
        return false;
    }

    void closeIdle() {
        while (yieldOldest()) {
            // The next.
        }
    }
}
