package io.jigress.proxy.upstream;

import io.jigress.api.ProxyFailure;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/// The requests that wait for a connection of one [EndpointPool], oldest first. Event loop only.
final class PendingRequests {
    private final ConnectionPools pools;
    private final ArrayDeque<PendingRequest> queue = new ArrayDeque<>();

    PendingRequests(ConnectionPools pools) {
        this.pools = pools;
    }

    int size() {
        return queue.size();
    }

    /// The one that waits longest.
    PendingRequest first() {
        return queue.getFirst();
    }

    void add(PendingRequest request) {
        queue.addLast(request);
        pools.waits(request);
    }

    void cancel(PendingRequest request) {
        queue.remove(request);
        pools.waitsNoMore(request);
    }

    /// Takes out the first that may have a connection.
    ///
    /// @param any whether those that asked for a fresh connection may have it too
    @Nullable PendingRequest take(UpstreamConnection connection, boolean any) {
        PendingRequest found = queue.peekFirst();
        if (found == null) {
            return null;
        }
        if (any || found.after() < connection.number) {
            queue.pollFirst();
        } else {
            found = second(connection);
        }
        if (found != null) {
            pools.waitsNoMore(found);
        }
        return found;
    }

    private @Nullable PendingRequest second(UpstreamConnection connection) {
        for (PendingRequest request : queue) {
            if (request.after() < connection.number) {
                queue.remove(request);
                return request;
            }
        }
        return null;
    }

    /// Fails the first of them.
    ///
    /// @param count at the most
    void fail(long count, ProxyFailure failure) {
        for (long left = count; left > 0; left--) {
            PendingRequest request = queue.pollFirst();
            if (request == null) {
                return;
            }
            pools.waitsNoMore(request);
            request.waiter().failed(failure);
        }
    }
}
