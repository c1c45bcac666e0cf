package io.jigress.proxy.upstream;

import io.jigress.api.UpstreamProtocol;
import io.jigress.config.ProxyProtocolOutput;
import io.netty.util.NetUtil;
import java.net.InetSocketAddress;
import java.util.Arrays;
import java.util.Deque;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// An address with a protocol, a transport and the use of the PROXY protocol, shared by all clusters and event loops of the process: counts connections, so that the limit applies over all
/// event loops. For several threads.
final class Destination {

    /// @param address to connect to: that of the endpoint, or of the HTTP proxy that opens the connections to it
    /// @param authority host and port of the endpoint, for an HTTP proxy; null for direct connections
    /// @param transport null for connections in the clear
    record Key(InetSocketAddress address, @Nullable String authority, @Nullable UpstreamTransport transport,
            UpstreamProtocol protocol, ProxyProtocolOutput header) {}

    private final Key key;
    private final String text;
    private final TunnelLog tunnels;
    private final Consumer<Destination> whenUnused;
    /// Those that are being made included.
    private final AtomicInteger connections = new AtomicInteger();
    private final AtomicInteger established = new AtomicInteger();
    /// Connections that accept no more calls, so that pools in the [#queue] get their places.
    private final AtomicInteger draining = new AtomicInteger();
    /// Pools with requests that wait because the limit is reached, in the order in which they get a place.
    private final Deque<EndpointPool> queue = new ConcurrentLinkedDeque<>();
    /// By [Loop#index]; a slot is written on its loop only.
    private volatile @Nullable EndpointPool[] pools = new EndpointPool[0];
    private volatile int concurrency;
    /// Pools for one client's connection each.
    private final AtomicInteger exclusive = new AtomicInteger();
    /// Endpoint sets that contain it; [Destinations] counts.
    volatile int users;

    /// @param tunnels the log of HTTP proxies that open no connection
    /// @param whenUnused called when the last connection to an address that no cluster contains has closed
    Destination(Key key, TunnelLog tunnels, Consumer<Destination> whenUnused) {
        this.key = key;
        this.tunnels = tunnels;
        this.whenUnused = whenUnused;
        this.text = key.authority() == null ? text(key.address()) : key.authority();
    }

    private static String text(InetSocketAddress address) {
        String host = NetUtil.toAddressString(address.getAddress());
        return (host.indexOf(':') < 0 ? host : "[" + host + "]") + ":" + address.getPort();
    }

    Key key() {
        return key;
    }

    /// To connect to: that of the endpoint, or of its HTTP proxy.
    InetSocketAddress address() {
        return key.address();
    }

    /// The host and port that an HTTP proxy is asked for; null for direct connections.
    @Nullable String authority() {
        return key.authority();
    }

    /// The name by which TLS sessions with the endpoint are kept; never one that would be sent as a server name.
    String peer() {
        return key.authority() == null ? NetUtil.toAddressString(key.address().getAddress()) : "/" + key.authority();
    }

    /// The HTTP proxy did not open a connection.
    void tunnelFailed(ConnectAnswer.Fault fault, int status, String cluster) {
        tunnels.failed(fault, text(key.address()), text, status, cluster);
    }

    @Nullable UpstreamTransport transport() {
        return key.transport();
    }

    /// Unless a handshake chooses another one.
    UpstreamProtocol protocol() {
        return key.protocol();
    }

    /// Whether connections begin with a header of the PROXY protocol; then each is made for one client's connection, in a pool of its own, and [#pool] is null.
    ProxyProtocolOutput header() {
        return key.header();
    }

    /// How many of these pools are in use.
    int exclusive() {
        return exclusive.get();
    }

    void exclusive(int change) {
        exclusive.addAndGet(change);
    }

    /// Host and port of the endpoint.
    String text() {
        return text;
    }

    /// Whether no cluster contains it any more: idle connections are closed.
    boolean retired() {
        return users == 0;
    }

    int connections() {
        return connections.get();
    }

    /// How many calls could be carried by connections that are not established yet.
    long free(int max) {
        return Math.max(0, max - established.get()) * (long) Math.max(1, concurrency);
    }

    /// The concurrency of a connection, as of the last one established; 0 before the first.
    int concurrency() {
        return concurrency;
    }

    void concurrency(int calls) {
        concurrency = calls;
    }

    /// The pool of a loop, or null before its first use.
    @Nullable EndpointPool pool(int loop) {
        @Nullable EndpointPool[] known = pools;
        return loop < known.length ? known[loop] : null;
    }

    /// On the loop of the pool.
    synchronized void pool(int loop, EndpointPool pool) {
        @Nullable EndpointPool[] next = Arrays.copyOf(pools, Math.max(pools.length, loop + 1));
        next[loop] = pool;
        pools = next;
    }

    boolean tryOpen(int max) {
        int open = connections.get();
        while (open < max) {
            if (connections.compareAndSet(open, open + 1)) {
                return true;
            }
            open = connections.get();
        }
        return false;
    }

    void established() {
        established.incrementAndGet();
    }

    /// A connection was closed, or could not be established: the first pool in the queue gets its place.
    void closed(boolean stood) {
        if (stood) {
            established.decrementAndGet();
        }
        if (connections.decrementAndGet() == 0 && retired()) {
            whenUnused.accept(this);
        }
        offerPlace();
    }

    /// There may be a place for another connection.
    void offerPlace() {
        EndpointPool first = queue.pollFirst();
        if (first != null) {
            first.run(EndpointPool::tryAgain);
        }
    }

    boolean hasWaiters() {
        return !queue.isEmpty();
    }

    /// Requests wait in one pool while others may have idle connections: those close one.
    ///
    /// @param again it was its turn, and another pool took the place
    void enqueue(EndpointPool pool, boolean again) {
        if (queue.contains(pool)) {
            return;
        }
        if (again) {
            queue.addFirst(pool);
        } else {
            queue.addLast(pool);
        }
        onAllPools(EndpointPool::makeRoom);
    }

    private void onAllPools(Consumer<EndpointPool> action) {
        for (EndpointPool pool : pools) {
            if (pool != null) {
                pool.run(action);
            }
        }
    }

    void dequeue(EndpointPool pool) {
        queue.remove(pool);
        if (draining.get() > 0) {
            onAllPools(EndpointPool::reclaimDraining);
        }
    }

    /// Whether one more connection of a pool is to drain: as many as there are other pools in the queue. Each needs one [#drained].
    boolean drainIfNeeded(EndpointPool pool) {
        if (queue.isEmpty()) {
            return false;
        }
        if (draining.incrementAndGet() <= others(pool)) {
            return true;
        }
        draining.decrementAndGet();
        return false;
    }

    /// Whether a connection that drains may be used again, since no other pool needs its place.
    boolean keepIfUnneeded(EndpointPool pool) {
        if (draining.decrementAndGet() >= others(pool)) {
            return true;
        }
        draining.incrementAndGet();
        return false;
    }

    private int others(EndpointPool pool) {
        return queue.size() - (queue.contains(pool) ? 1 : 0);
    }

    void drained() {
        draining.decrementAndGet();
    }
}
