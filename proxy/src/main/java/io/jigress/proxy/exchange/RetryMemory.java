package io.jigress.proxy.exchange;

import java.util.concurrent.atomic.AtomicLong;

/// Counts the bytes of request bodies that are kept after they were sent, for another attempt. One for the process; for several threads.
public final class RetryMemory {
    private final int perExchange;
    private final long total;
    private final AtomicLong used = new AtomicLong();

    /// @param perExchange the most bytes of one request (`retry.buffer`)
    /// @param total the most bytes of all (`retry.buffer.total`)
    public RetryMemory(int perExchange, long total) {
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

    /// How many are kept now.
    public long used() {
        return used.get();
    }
}
