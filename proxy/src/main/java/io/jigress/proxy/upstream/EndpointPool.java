package io.jigress.proxy.upstream;

import io.jigress.api.ProxyFailure;
import io.jigress.api.ProxyFailure.Kind;
import io.jigress.api.ProxyFailure.Origin;
import io.jigress.proxy.loop.Loop;
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
    /// Loaded early: without a free file descriptor the class could not be loaded.
    private static final ProxyFailure NO_FILE = ConnectFault.NO_FILE;
    private static final ProxyFailure UNUSABLE = new ProxyFailure(Kind.UPSTREAM_RESET, Origin.UPSTREAM, false,
            "takes_no_calls");
    static final ProxyFailure BROKEN = new ProxyFailure(Kind.UPSTREAM_RESET, Origin.GATEWAY, false,
            "protocol_failed");

    private final ConnectionPools pools;
    private final Destination destination;
    /// Of the PROXY protocol, sent at the beginning of the connection, which then serves one call only; null without.
    private final byte @Nullable [] header;
    /// Connections with room for a call; the last was used last.
    private final ArrayDeque<UpstreamConnection> ready = new ArrayDeque<>();
    /// Connections that take no more calls and close when they carry none: other pools need their places.
    private final ArrayDeque<UpstreamConnection> draining = new ArrayDeque<>();
    private final PendingRequests waiting;
    private final FileReclaim reclaim;
    /// How many connections there have been.
    private long established;
    private int open;
    private int idle;
    private int connecting;
    private int calls;
    /// Whether this pool is in the queue of the destination, for a connection that the limit does not allow yet.
    private boolean queued;

    EndpointPool(ConnectionPools pools, Destination destination) {
        this(pools, destination, null);
    }

    /// @param header null for connections that serve any request
    EndpointPool(ConnectionPools pools, Destination destination, byte @Nullable [] header) {
        this.header = header;
        this.pools = pools;
        this.destination = destination;
        this.waiting = new PendingRequests(pools);
        this.reclaim = new FileReclaim(this, pools);
    }

    void acquire(Upstream upstream, UpstreamEndpoint endpoint, boolean fresh, ConnectionPools.Waiter waiter) {
        assert loop().executor().inEventLoop();
        if (!fresh) {
            if (ready.isEmpty()) {
                reclaimDraining();
            }
            UpstreamConnection connection = ready.pollLast();
            while (connection != null) {
                connection.ready = false;
                if (connection.usable()) {
                    hand(connection, upstream, waiter);
                    callsChanged(connection);
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
        PendingRequest place = new PendingRequest(this, upstream, endpoint, fresh ? established : 0, waiter);
        waiting.add(place);
        pools.use(this, true);
        expand();
    }

    void cancel(PendingRequest place) {
        waiting.cancel(place);
        leaveQueueIfServed();
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

    boolean isExclusive() { return header != null; }

    byte @Nullable [] header() {
        return header;
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
                    connection.protocol(), connection, e);
            connection.close();
            waiter.failed(BROKEN);
            return;
        }
        connection.flushLater();
    }

    /// The number of calls on a connection has changed: it goes to requests that wait, is kept, or closes.
    void callsChanged(UpstreamConnection connection) {
        assert loop().executor().inEventLoop();
        count(connection);
        serve(connection);
        if (connection.gone()) {
            return;
        }
        boolean free = connection.calls == 0;
        if (!free && connection.hasRoom() && destination.drainIfNeeded(this)) {
            drain(connection);
        }
        if (free && (!connection.hasRoom() || isExclusive() || destination.retired() || destination.hasWaiters())) {
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
            connection.becomeIdle();
            idle(1);
        }
    }

    /// Hands it to requests that wait, as long as it has room.
    private void serve(UpstreamConnection connection) {
        while (connection.hasRoom()) {
            // If no new connection can be opened, one with calls in progress is used too: it is known to work.
            PendingRequest next = waiting.take(connection, queued && connection.calls > 0);
            if (next == null) {
                break;
            }
            hand(connection, next.upstream(), next.waiter());
            count(connection);
        }
        leaveQueueIfServed();
    }

    private void count(UpstreamConnection connection) {
        if (!connection.gone()) {
            int now = connection.session().active();
            calls += now - connection.calls;
            connection.calls = now;
        }
    }

    void idle(int change) {
        idle += change;
        loop().metrics().poolIdle += change;
    }

    // ---- opening

    /// Connects while more requests wait than will be served by connections that are being made, and the limit allows.
    private void expand() {
        expand(false);
    }

    /// The same when it is this pool's turn to get a place that has become free.
    void tryAgain() {
        boolean wanted = waiting.size() > expected();
        expand(true);
        if (!wanted) {
            destination.offerPlace();
        }
    }

    private void expand(boolean again) {
        while (waiting.size() > expected()) {
            PendingRequest first = waiting.first();
            if (destination.tryOpen(first.upstream().cluster().connections().maxConnections())) {
                if (!pools.takeFile()) {
                    destination.closed(false);
                    outOfFiles();
                    return;
                }
                reclaim.fileFound();
                connect(first.upstream(), first.endpoint());
            } else if (!closeOldestIdle()) {
                awaitPlace(again);
                return;
            }
        }
        leaveQueueIfServed();
    }

    /// The process has no file left for another connection: those of idle connections are reclaimed. When there is none, the requests that
    /// wait fail.
    private void outOfFiles() {
        if (!reclaim.ask()) {
            waiting.fail(waiting.size() - expected(), NO_FILE);
            leaveQueueIfServed();
            used();
        }
    }

    /// The event loop that was asked has closed an idle connection, or found none.
    void reclaimed(boolean closed) {
        reclaim.answered(closed);
        expand();
    }

    /// The limit is reached: requests that asked for a fresh connection take one that carries calls; for the rest the pool joins the queue.
    private void awaitPlace(boolean again) {
        queued = true;
        for (UpstreamConnection last = ready.peekLast(); last != null && queued; last = ready.peekLast()) {
            callsChanged(last);
        }
        reclaimDraining();
        if (queued) {
            destination.enqueue(this, again);
        }
    }

    /// Leaves the queue when connections are being established for all waiting requests.
    private void leaveQueueIfServed() {
        if (queued && waiting.size() <= expected()) {
            queued = false;
            destination.dequeue(this);
        }
    }

    private void drain(UpstreamConnection connection) {
        connection.draining = true;
        draining.addLast(connection);
    }

    /// Uses draining connections again, as far as no other pool needs their places any more.
    void reclaimDraining() {
        while (!draining.isEmpty() && destination.keepIfUnneeded(this)) {
            UpstreamConnection stays = draining.removeLast();
            stays.draining = false;
            callsChanged(stays);
        }
    }

    /// How many of the waiting requests will be served by connections that are being established. The very first connection is opened alone: it
    /// tells the concurrency of the others.
    private long expected() {
        int each = destination.concurrency();
        return each > 0 ? (long) connecting * each : connecting > 0 ? Integer.MAX_VALUE : 0;
    }

    /// @param upstream is told of a failure once per connect, not per waiting request
    private void connect(Upstream upstream, UpstreamEndpoint endpoint) {
        connecting++;
        UpstreamBootstrap.connect(pools, this, upstream, endpoint);
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
            // Otherwise connections would be opened without end.
            failWaiting(UNUSABLE);
        }
        callsChanged(connection);
        expand();
    }

    /// A connection could not be made.
    void connectFailed(ProxyFailure failure, Upstream upstream, UpstreamEndpoint endpoint) {
        if (failure.origin() == Origin.UPSTREAM) {
            // Before the waiting requests fail, so that they pick another endpoint.
            upstream.connectFailed(endpoint, loop(), failure);
        }
        failed(failure);
    }

    /// A connection could not be established, for any reason.
    void failed(ProxyFailure failure) {
        assert loop().executor().inEventLoop();
        connecting--;
        pools.files().give();
        destination.closed(false);
        failWaiting(failure);
        expand();
        used();
    }

    /// Fails the requests that would have used a connection which could not be established.
    private void failWaiting(ProxyFailure failure) {
        int each = destination.concurrency();
        waiting.fail(Math.min(waiting.size() - expected(), each > 0 ? each : Integer.MAX_VALUE), failure);
        leaveQueueIfServed();
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
        if (connection.draining) {
            draining.remove(connection);
            destination.drained();
        }
        pools.files().give();
        destination.closed(true);
        used();
    }

    private void used() {
        pools.use(this, open + connecting + waiting.size() > 0);
    }

    /// Another pool waits for a place: closes an idle connection, else drains one.
    void makeRoom() {
        UpstreamConnection oldest = ready.peekFirst();
        if (oldest != null && destination.hasWaiters() && !closeOldestIdle() && destination.drainIfNeeded(this)) {
            drain(oldest);
            callsChanged(oldest);
        }
    }

    /// Closes the connection that has been idle longest; false when none is.
    boolean closeOldestIdle() {
        for (UpstreamConnection connection : ready) {
            if (connection.idle) {
                connection.close();
                return true;
            }
        }
        return false;
    }

    void closeIdle() {
        while (closeOldestIdle()) {
            // The next.
        }
    }
}
