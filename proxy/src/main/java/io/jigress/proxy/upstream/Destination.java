package io.jigress.proxy.upstream;

import io.jigress.api.UpstreamProtocol;
import io.jigress.proxy.loop.Loop;
import io.netty.util.NetUtil;
import java.net.InetSocketAddress;
import java.util.Arrays;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// An address spoken to by one protocol, in the whole process and for all clusters that contain it: counts connections, so that
/// they can be limited over all event loops. For several threads.
final class Destination {

    record Key(InetSocketAddress address, UpstreamProtocol protocol) {}

    private final Key key;
    private final String text;
    private final Consumer<Destination> whenUnused;
    private final AtomicInteger connections = new AtomicInteger();
    /// Pools with requests that found the limit reached.
    private final Set<EndpointPool> starved = ConcurrentHashMap.newKeySet();
    /// By [Loop#index]; a slot is written on its loop only.
    private volatile @Nullable EndpointPool[] pools = new EndpointPool[0];
    private volatile int concurrency;
    /// Endpoint sets that contain it; [Destinations] counts.
    volatile int users;

    /// @param whenUnused hears when the last connection has closed to an address that no cluster has
    Destination(Key key, Consumer<Destination> whenUnused) {
        this.key = key;
        this.whenUnused = whenUnused;
        String host = NetUtil.toAddressString(key.address().getAddress());
        this.text = (host.indexOf(':') < 0 ? host : "[" + host + "]") + ":" + key.address().getPort();
    }

    Key key() {
        return key;
    }

    InetSocketAddress address() {
        return key.address();
    }

    UpstreamProtocol protocol() {
        return key.protocol();
    }

    String text() {
        return text;
    }

    /// Whether no cluster has it any more: idle connections go.
    boolean retired() {
        return users == 0;
    }

    int connections() {
        return connections.get();
    }

    /// How many calls a connection carries at once, as the last one said; 0 while none has been made.
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

    /// A connection is gone: those that wait for its place try again.
    void closed() {
        if (connections.decrementAndGet() == 0 && retired()) {
            whenUnused.accept(this);
        }
        if (!starved.isEmpty()) {
            for (EndpointPool pool : Set.copyOf(starved)) {
                if (starved.remove(pool)) {
                    pool.run(EndpointPool::expand);
                }
            }
        }
    }

    boolean hasStarved() {
        return !starved.isEmpty();
    }

    /// Requests on one loop wait while other loops may hold idle connections: those give one up.
    void starve(EndpointPool pool) {
        if (starved.add(pool)) {
            for (EndpointPool other : pools) {
                if (other != null && other != pool) {
                    other.run(EndpointPool::yieldIdle);
                }
            }
        }
    }
}
