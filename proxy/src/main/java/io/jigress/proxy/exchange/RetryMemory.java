package io.jigress.proxy.exchange;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/// Counts the bytes of request bodies that are kept after they were sent, for another attempt, and the mirrored requests. One for the
/// process; for several threads.
public final class RetryMemory {
    private final int perExchange;
    private final long total;
    private final AtomicLong used = new AtomicLong();
    private final int mirrors;
    private final AtomicInteger mirrorsOpen = new AtomicInteger();

    /// @param perExchange the most bytes of one request (`retry.buffer`)
    /// @param total the most bytes of all (`retry.buffer.total`)
    /// @param mirrors how many mirrored requests may be under way (`limits.mirrored.requests`)
    public RetryMemory(int perExchange, long total, int mirrors) {
        this.mirrors = mirrors;
        this.perExchange = perExchange;
        this.total = total;
    }

    int perExchange() {
        return perExchange;
    }

    boolean tryTake(int bytes) {
        if (used.addAndGet(bytes) <= total) {
            return true;
        }
        used.addAndGet(-bytes);
        return false;
    }

    void give(int bytes) {
        used.addAndGet(-bytes);
    }

    /// Takes a place for a mirrored request; false when there is none.
    boolean tryMirror() {
        if (mirrorsOpen.incrementAndGet() <= mirrors) {
            return true;
        }
        mirrorsOpen.decrementAndGet();
        return false;
    }

    void mirrorOver() {
        mirrorsOpen.decrementAndGet();
    }

    /// How many bytes are kept now.
    public long used() {
        return used.get();
    }
}
