package io.jigress.proxy.telemetry;

import io.netty.buffer.PooledByteBufAllocator;
import io.netty.util.internal.PlatformDependent;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Logs that memory outside the heap is short or used up, each at most once a minute. For several threads.
final class MemoryAlarm {
    private static final Logger LOG = LoggerFactory.getLogger(MemoryAlarm.class);
    static final long QUIET_NANOS = TimeUnit.MINUTES.toNanos(1);

    private final AtomicLong quietUntil;
    private final AtomicLong shedQuietUntil;
    private final AtomicLong told = new AtomicLong();

    /// @param now on the clock of the later calls
    MemoryAlarm(long now) {
        quietUntil = new AtomicLong(now);
        shedQuietUntil = new AtomicLong(now);
    }

    void ring(long now, OutOfMemoryError cause) {
        if (speaks(quietUntil, now)) {
            LOG.error(
                    "memory.direct is used up ({} of {} bytes): requests are refused and connections closed until there is room: {}",
                    PlatformDependent.usedDirectMemory(), PlatformDependent.maxDirectMemory(), cause.toString());
        }
    }

    /// @param bytes what the closed connection held
    void shed(long now, long bytes) {
        if (speaks(shedQuietUntil, now)) {
            LOG.warn(
                    "memory.direct is short ({} of {} bytes are in use): the connections that hold most are closed; this one held {} bytes",
                    PooledByteBufAllocator.DEFAULT.pinnedDirectMemory(), PlatformDependent.maxDirectMemory(), bytes);
        }
    }

    private boolean speaks(AtomicLong quiet, long now) {
        long until = quiet.get();
        boolean speaks = now - until >= 0 && quiet.compareAndSet(until, now + QUIET_NANOS);
        if (speaks) {
            told.incrementAndGet();
        }
        return speaks;
    }

    /// How often it was logged.
    long told() {
        return told.get();
    }
}
