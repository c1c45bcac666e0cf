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
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One event loop's connections to one [Destination], and the requests that wait for one. Event loop only.
final class EndpointPool {
    private static final Logger LOG = LoggerFactory.getLogger(EndpointPool.class);
    private static final ProxyFailure OVERLOADED = new ProxyFailure(Kind.OVERLOADED, Origin.GATEWAY, false,
            "too_many_pending");
    /// Not made where it is used: a class that is first needed when there is no file left could not be loaded.
    private static final ProxyFailure NO_FILE = ConnectFault.NO_FILE;
    private static final ProxyFailure UNUSABLE = new ProxyFailure(Kind.UPSTREAM_RESET, Origin.UPSTREAM, false,
            "takes_no_calls");
    static final ProxyFailure BROKEN = new ProxyFailure(Kind.UPSTREAM_RESET, Origin.GATEWAY, false,
            "protocol_failed");

    private final ConnectionPools pools;
    private final Destination destination;
    /// Connections with room for a call; the last was used last.
    private final ArrayDeque<UpstreamConnection> ready = new ArrayDeque<>();
    /// Connections that take no more calls, for the sake of pools that starve.
    private final ArrayDeque<UpstreamConnection> leaving = new ArrayDeque<>();
    private final ArrayDeque<Waiting> waiting = new ArrayDeque<>();
    /// How many connections there have been.
    private long established;
    private int open;
    private int idle;
    private int connecting;
    private int calls;
    /// Waits for a connection that the limit does not allow.
    private boolean starving;
    /// Another event loop was asked to close an idle connection, so that its file is free.
    private boolean reclaiming;
    /// How many event loops have been asked since a file was last found.
    private int asked;

    /// @param after takes only connections with a higher number than this
    record Waiting(EndpointPool pool, Upstream upstream, UpstreamEndpoint endpoint, long after, ConnectionPools.Waiter waiter) {}

    EndpointPool(ConnectionPools pools, Destination destination) {
        this.pools = pools;
        this.destination = destination;
    }

    void acquire(Upstream upstream, UpstreamEndpoint endpoint, boolean fresh, ConnectionPools.Waiter waiter) {
        assert loop().executor().inEventLoop();
        if (!fresh) {
            if (ready.isEmpty()) {
                recall();
            }
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
        Waiting place = new Waiting(this, upstream, endpoint, fresh ? established : 0, waiter);
        waiting.addLast(place);
        pools.began(place);
        pools.use(this, true);
        expand();
    }

    void cancel(Waiting place) {
        waiting.remove(place);
        pools.ended(place);
        sated();
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
        boolean reused = connection.use(upstream.idleNanos());
        try {
            waiter.acquired(connection.session(), reused);
        } catch (OutOfMemoryError e) {
            connection.outOfMemory(e);
            return;
        } catch (RuntimeException e) {
            LOG.error("the protocol {} failed to open a call to {}: a bug; the connection is closed",
                    connection.protocol().name(), connection, e);
            connection.close();
            waiter.failed(BROKEN);
            return;
        }
        connection.flushLater();
    }

    /// Looks again at a connection whose calls have changed: gives it to those that wait, keeps it, or closes it.
    void settle(UpstreamConnection connection) {
        assert loop().executor().inEventLoop();
        count(connection);
        serve(connection);
        if (connection.gone()) {
            return;
        }
        boolean free = connection.calls == 0;
        if (!free && connection.hasRoom() && destination.tryLeave(this)) {
            leave(connection);
        }
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

    /// Gives it to those that wait, as long as it has room.
    private void serve(UpstreamConnection connection) {
        while (connection.hasRoom()) {
            Waiting next = next(connection);
            if (next == null) {
                break;
            }
            pools.ended(next);
            hand(connection, next.upstream(), next.waiter());
            count(connection);
        }
        sated();
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
        // Where no new connection can be had, one that carries calls is as good: it stands.
        boolean any = starving && connection.calls > 0;
        Waiting first = waiting.peekFirst();
        if (first == null || any || first.after() < connection.number) {
            return waiting.pollFirst();
        }
        for (Waiting place : waiting) {
            if (place.after() < connection.number) {
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
    private void expand() {
        expand(false);
    }

    /// The same when it is this pool's turn to get a place that has become free.
    void tryAgain() {
        boolean wanted = waiting.size() > expected();
        expand(true);
        if (!wanted) {
            destination.offer();
        }
    }

    private void expand(boolean again) {
        while (waiting.size() > expected()) {
            Waiting first = waiting.getFirst();
            if (destination.tryOpen(first.upstream().cluster().connections().maxConnections())) {
                if (!pools.takeFile()) {
                    destination.closed(false);
                    outOfFiles();
                    return;
                }
                asked = 0;
                connect(first.upstream(), first.endpoint());
            } else if (!yieldOldest()) {
                starve(again);
                return;
            }
        }
        sated();
    }

    /// The process has no file left for another connection: asks the event loops that have idle connections to close one, one loop
    /// after another. When none can, the requests that wait fail.
    private void outOfFiles() {
        if (reclaiming) {
            return;
        }
        while (asked < pools.files().loops().size()) {
            ConnectionPools other = pools.files().loops().get(asked);
            asked++;
            if (other != pools && other.idle() > 0) {
                reclaiming = true;
                other.reclaimFor(this);
                return;
            }
        }
        asked = 0;
        for (long left = waiting.size() - expected(); left > 0; left--) {
            Waiting place = waiting.pollFirst();
            if (place == null) {
                break;
            }
            pools.ended(place);
            place.waiter().failed(NO_FILE);
        }
        sated();
        used();
    }

    /// The event loop that was asked has closed an idle connection, or found none.
    void reclaimed() {
        reclaiming = false;
        expand();
    }

    /// No connection can be had: makes do with those that are there, then waits for others to give one up.
    private void starve(boolean again) {
        starving = true;
        for (UpstreamConnection last = ready.peekLast(); last != null && starving; last = ready.peekLast()) {
            settle(last);
        }
        recall();
        if (starving) {
            destination.starve(this, again);
        }
    }

    /// Everybody will be served: others need not make room.
    private void sated() {
        if (starving && waiting.size() <= expected()) {
            starving = false;
            destination.sated(this);
        }
    }

    private void leave(UpstreamConnection connection) {
        connection.leaving = true;
        leaving.addLast(connection);
    }

    /// Takes connections back that were leaving, if nobody needs their place any more.
    void recall() {
        while (!leaving.isEmpty() && destination.tryStay(this)) {
            UpstreamConnection stays = leaving.removeLast();
            stays.leaving = false;
            settle(stays);
        }
    }

    /// How many of those that wait the connections on the way will serve. The very first one goes alone: it tells how many calls a
    /// connection carries.
    private long expected() {
        int each = destination.concurrency();
        return each > 0 ? (long) connecting * each : connecting > 0 ? Integer.MAX_VALUE : 0;
    }

    /// @param upstream hears of a failure: once for each connect, however many requests wait for it
    private void connect(Upstream upstream, UpstreamEndpoint endpoint) {
        connecting++;
        long millis = Math.max(1, upstream.cluster().connections().connectTimeout().toMillis());
        UpstreamConnection connection = new UpstreamConnection(this, upstream.idleNanos());
        new Bootstrap().group(loop().executor())
                .channelFactory(pools.transport())
                .option(ChannelOption.ALLOCATOR, PooledByteBufAllocator.DEFAULT)
                .option(ChannelOption.TCP_NODELAY, true)
                // So that the end of a tunnel whose peer has died is noticed, by the kernel's clock.
                .option(ChannelOption.SO_KEEPALIVE, true)
                // Neither a failed write nor the end of the input closes by itself: UpstreamConnection does, when all has been read.
                .option(ChannelOption.AUTO_CLOSE, false)
                .option(ChannelOption.ALLOW_HALF_CLOSURE, true)
                .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, (int) Math.min(Integer.MAX_VALUE, millis))
                .handler(connection)
                .connect(destination.address())
                .addListener(done -> {
                    if (!done.isSuccess()) {
                        ProxyFailure failure = ConnectFault.of(done.cause());
                        if (loop().executor().inEventLoop()) {
                            connectFailed(failure, upstream, endpoint);
                        } else {
                            // Netty reports a channel that could not be made on its global executor.
                            run(pool -> pool.connectFailed(failure, upstream, endpoint));
                        }
                    }
                });
    }

    void connected(UpstreamConnection connection) {
        connecting--;
        open++;
        connection.number = ++established;
        destination.established();
        loop().metrics().poolOpen++;
        pools.use(this, true);
        if (connection.hasRoom()) {
            destination.concurrency(connection.session().concurrency());
        } else {
            // Else it would be tried for ever.
            failWaiting(UNUSABLE);
        }
        settle(connection);
        expand();
    }

    private void connectFailed(ProxyFailure failure, Upstream upstream, UpstreamEndpoint endpoint) {
        if (failure.origin() == Origin.UPSTREAM) {
            // Before those that wait hear of it, so that they pick another.
            upstream.connectFailed(endpoint, loop(), failure);
        }
        failed(failure);
    }

    /// What was to be a connection is none.
    void failed(ProxyFailure failure) {
        assert loop().executor().inEventLoop();
        connecting--;
        pools.files().give();
        destination.closed(false);
        failWaiting(failure);
        expand();
        used();
    }

    /// Those that the connection would have served which has just ceased to be on the way.
    private void failWaiting(ProxyFailure failure) {
        int each = destination.concurrency();
        long victims = Math.min(waiting.size() - expected(), each > 0 ? each : Integer.MAX_VALUE);
        for (; victims > 0; victims--) {
            Waiting place = waiting.pollFirst();
            if (place == null) {
                break;
            }
            pools.ended(place);
            place.waiter().failed(failure);
        }
        sated();
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
        if (connection.leaving) {
            leaving.remove(connection);
            destination.left();
        }
        pools.files().give();
        destination.closed(true);
        used();
    }

    private void used() {
        pools.use(this, open + connecting + waiting.size() > 0);
    }

    /// Somebody waits for a connection and the limit is reached: gives one up that carries nothing, else ceases to use one.
    void makeRoom() {
        UpstreamConnection oldest = ready.peekFirst();
        if (oldest != null && destination.hasStarved() && !yieldOldest() && destination.tryLeave(this)) {
            leave(oldest);
            settle(oldest);
        }
    }

    /// Closes the connection that has been idle longest; false when none is.
    boolean yieldOldest() {
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
