package io.jigress.proxy.loop;

import io.netty.buffer.PooledByteBufAllocator;
import io.netty.util.internal.PlatformDependent;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicLongArray;

/// Tracks the free direct memory, and derives how much each connection may queue. Shared by all event loops of a process; any thread.
///
/// While at most half of the memory is in use, a connection may queue as much as the setting allows, but no more than a 1024th of the
/// memory. Beyond that, the limit falls with the memory that is left, down to [#LEAST].
public final class MemoryBudget {
    /// The least that a connection may always queue.
    static final int LEAST = 16 * 1024;
    private static final int STEP = 4 * 1024;
    private static final int CONNECTIONS = 1024;
    private static final int RECEIVED = 64 * 1024;
    private static final long LOOK_NANOS = 1_000_000;

    /// The total memory.
    interface Memory {
        long limit();

        /// The memory that arenas have allocated, used or not; cheap to read.
        long taken();

        /// The memory in use; reads each arena.
        long pinned();
    }

    private static final Memory NETTY = new Memory() {
        @Override
        public long limit() {
            // The remainder behind the last whole chunk cannot be used.
            return PlatformDependent.maxDirectMemory() - PooledByteBufAllocator.DEFAULT.metric().chunkSize();
        }

        @Override
        public long taken() {
            return PlatformDependent.usedDirectMemory();
        }

        @Override
        public long pinned() {
            return PooledByteBufAllocator.DEFAULT.pinnedDirectMemory();
        }
    };

    private final Memory memory;
    private final long limit;
    private final long shedAbove;
    private final int most;
    private final AtomicLong lookAgain;
    /// By how much the use exceeds the limit.
    private final AtomicLong excess = new AtomicLong();
    /// The most that one connection holds, by event loop; known only while the limit is exceeded.
    private final AtomicLongArray largest;
    private volatile int queueBytes;

    /// @param queueBytes the most that a connection may ever queue
    /// @param shedPercent the percentage of the memory above which connections are closed
    /// @param now monotonic nanoseconds
    public static MemoryBudget ofNetty(int queueBytes, int shedPercent, int loops, long now) {
        return new MemoryBudget(NETTY, queueBytes, shedPercent, loops, now);
    }

    MemoryBudget(Memory memory, int queueBytes, int shedPercent, int loops, long now) {
        this.memory = memory;
        this.limit = Math.max(1, memory.limit());
        this.shedAbove = limit / 100 * shedPercent;
        this.most = clamp(limit / CONNECTIONS, queueBytes);
        this.largest = new AtomicLongArray(loops);
        this.lookAgain = new AtomicLong(now);
        this.queueBytes = most;
    }

    private static int clamp(long bytes, int most) {
        return Math.clamp(bytes, Math.min(LEAST, most), most) / STEP * STEP;
    }

    /// Updates the memory in use; at most once a millisecond where reading it is not cheap.
    void look(long now) {
        if (memory.taken() <= limit / 2) {
            if (queueBytes != most) {
                excess.set(0);
                queueBytes = most;
            }
            return;
        }
        long due = lookAgain.get();
        if (now - due >= 0 && lookAgain.compareAndSet(due, now + LOOK_NANOS)) {
            long pinned = memory.pinned();
            excess.set(Math.max(0, pinned - shedAbove));
            queueBytes = clamp((limit - pinned) * 2 / CONNECTIONS, most);
        }
    }

    /// The present limit of one connection's queue.
    int queueBytes() {
        return queueBytes;
    }

    /// The present limit of a receive buffer.
    int receiveBytes() {
        return Math.min(RECEIVED, queueBytes);
    }

    /// How many bytes must be released.
    long excess() {
        return excess.get();
    }

    /// An event loop has released bytes.
    void relieved(long bytes) {
        excess.addAndGet(-bytes);
    }

    /// @param bytes the most that a connection of this event loop holds
    void largest(int loop, long bytes) {
        largest.set(loop, bytes);
    }

    /// The most that a connection of any event loop holds, as far as is known.
    long largest() {
        long most = 0;
        for (int i = 0; i < largest.length(); i++) {
            most = Math.max(most, largest.get(i));
        }
        return most;
    }
}
