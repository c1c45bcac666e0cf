package io.jigress.proxy.upstream;

import io.jigress.api.ConnectionFacts;
import io.jigress.api.Json;
import io.jigress.api.ProxyFailure;
import io.jigress.api.UpstreamSession;
import io.jigress.config.ProxyProtocolOutput;
import io.jigress.proxy.loop.Loop;
import io.jigress.proxy.proxyprotocol.ProxyHeaderWriter;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFactory;
import java.util.IdentityHashMap;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;

/// The connections of one event loop to upstreams, kept by address and protocol and not by cluster: a change of limits keeps them.
/// Event loop only, unless stated otherwise.
public final class ConnectionPools {
    private final Loop loop;
    private final ChannelFactory<? extends Channel> transport;
    private final UpstreamFiles files;
    /// Those that have a connection or a waiter.
    private final Set<EndpointPool> inUse = ConcurrentHashMap.newKeySet();
    private final IdentityHashMap<Waiter, PendingRequest> waiting = new IdentityHashMap<>();

    /// A request for a connection.
    public interface Waiter {

        /// Opens its call on the session within this method, or not at all.
        ///
        /// @param reused whether the connection carried calls before
        void acquired(UpstreamSession session, boolean reused);

        /// CONNECT_FAILED, CONNECT_TIMEOUT or OVERLOADED.
        void failed(ProxyFailure failure);

        /// The client's connection that the endpoint is told of, where its cluster uses the PROXY protocol; null when there is none.
        default @Nullable ConnectionFacts client() {
            return null;
        }
    }

    /// @param transport makes the sockets that the loop can serve
    /// @param files shared by the pools of all loops
    public ConnectionPools(Loop loop, ChannelFactory<? extends Channel> transport, UpstreamFiles files) {
        this.loop = loop;
        this.transport = transport;
        this.files = files;
        files.add(this);
    }

    /// Hands over a connection: the one that was used last, else a new one. May call back before it returns.
    ///
    /// @param fresh only a new connection (a request on a reused one was lost)
    public void acquire(Upstream upstream, UpstreamEndpoint endpoint, boolean fresh, Waiter waiter) {
        EndpointPool pool = endpoint.destination().pool(loop.index());
        if (pool == null) {
            pool = pool(endpoint.destination(), waiter);
        }
        pool.acquire(upstream, endpoint, fresh, waiter);
    }

    private EndpointPool pool(Destination destination, Waiter waiter) {
        if (destination.header() != ProxyProtocolOutput.NONE) {
            return new EndpointPool(this, destination, ProxyHeaderWriter.write(destination.header(), waiter.client()));
        }
        EndpointPool pool = new EndpointPool(this, destination);
        destination.pool(loop.index(), pool);
        return pool;
    }

    /// Cancels a request for a connection; no effect if it does not wait.
    public void cancel(Waiter waiter) {
        PendingRequest place = waiting.remove(waiter);
        if (place != null) {
            place.pool().cancel(place);
        }
    }

    /// Closes what carries no call. Any thread.
    public void closeIdle() {
        inUse.forEach(pool -> pool.run(EndpointPool::closeIdle));
    }

    /// What is there, for people: `{endpoints, open, idle, connecting, waiting}`. Any thread; the numbers may be some microseconds old.
    public Json describe() {
        int open = 0;
        int idle = 0;
        int connecting = 0;
        for (EndpointPool pool : inUse) {
            open += pool.open();
            idle += pool.idle();
            connecting += pool.connecting();
        }
        return Json.object().put("endpoints", inUse.size()).put("open", open).put("idle", idle).put("connecting", connecting)
                .put("waiting", waiting.size()).build();
    }

    Loop loop() {
        return loop;
    }

    ChannelFactory<? extends Channel> transport() {
        return transport;
    }

    UpstreamFiles files() {
        return files;
    }

    /// Takes a file for a connection or another socket; where none is left, that of an idle connection on this loop. Needs one [#giveFile].
    public boolean takeFile() {
        while (!files.tryTake()) {
            if (!closeOneIdle()) {
                return false;
            }
        }
        return true;
    }

    /// The socket of a file is closed.
    public void giveFile() {
        files.give();
    }

    private boolean closeOneIdle() {
        for (EndpointPool pool : inUse) {
            if (pool.closeOldestIdle()) {
                return true;
            }
        }
        return false;
    }

    /// How many connections are idle. Any thread; may be some microseconds old.
    long idle() {
        return loop.metrics().poolIdle;
    }

    /// Closes an idle connection, if there is one, for a pool of another loop, which is told afterwards. Any thread.
    void reclaimFor(EndpointPool pool) {
        try {
            loop.executor().execute(() -> {
                boolean closed = closeOneIdle();
                pool.run(asker -> asker.reclaimed(closed));
            });
        } catch (RejectedExecutionException _) {
            pool.run(asker -> asker.reclaimed(false));
        }
    }

    void waits(PendingRequest place) {
        waiting.put(place.waiter(), place);
        loop.metrics().poolPending = waiting.size();
    }

    void waitsNoMore(PendingRequest place) {
        waiting.remove(place.waiter());
        loop.metrics().poolPending = waiting.size();
        place.upstream().waited();
    }

    void use(EndpointPool pool, boolean used) {
        if ((used ? inUse.add(pool) : inUse.remove(pool)) && pool.isExclusive()) {
            pool.destination().exclusive(used ? 1 : -1);
        }
    }
}
