package io.jigress.proxy.loop;

import io.netty.buffer.PooledByteBufAllocator;
import io.netty.util.internal.PlatformDependent;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicLongArray;

/// How much direct memory is left, and what that allows each connection to queue. Shared by all event loops of a process; any thread.
///
/// Up to half of the memory a connection may queue what the setting says, or a 1024th of the memory where that is less. From there on
/// the limit falls with the memory that is left, to [#LEAST].
public final class MemoryBudget {
    /// A connection may always queue this much.
    static final int LEAST = 16 * 1024;
    private static final int STEP = 4 * 1024;
    private static final int CONNECTIONS = 1024;
    private static final int RECEIVED = 64 * 1024;
    private static final long LOOK_NANOS = 1_000_000;

    /// The memory that is shared out.
    interface Memory {
        long limit();

        /// What has been taken of it, for use now or later: cheap to ask.
        long taken();

        /// What is in use: asks each arena.
        long pinned();
    }

    private static final Memory NETTY = new Memory() {
        @Override
        public long limit() {
            // What is left when the last whole chunk has been taken is of use to nobody.
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
    /// How much more is in use than may be.
    private final AtomicLong excess = new AtomicLong();
    /// The most that one connection holds, by event loop; known while there is an excess.
    private final AtomicLongArray largest;
    private volatile int queueBytes;

    /// @param queueBytes the most that a connection may ever queue
    /// @param shedPercent while more of the memory is in use, connections are closed
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

    /// Asks how much is in use; at most every millisecond when that costs anything.
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

    /// The most that one connection may queue now.
    int queueBytes() {
        return queueBytes;
    }

    /// The largest buffer to receive into now.
    int receiveBytes() {
        return Math.min(RECEIVED, queueBytes);
    }

    /// How many bytes are to be given up.
    long excess() {
        return excess.get();
    }

    /// An event loop has given up bytes.
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
