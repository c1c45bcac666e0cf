package io.jigress.proxy.telemetry;

import io.netty.util.internal.PlatformDependent;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Tells the log that memory outside the heap is used up: once a minute, however often it rings. For several threads.
final class MemoryAlarm {
    private static final Logger LOG = LoggerFactory.getLogger(MemoryAlarm.class);
    static final long QUIET_NANOS = TimeUnit.MINUTES.toNanos(1);

    private final AtomicLong quietUntil;
    private final AtomicLong told = new AtomicLong();

    /// @param now on the scale of the calls to come
    MemoryAlarm(long now) {
        quietUntil = new AtomicLong(now);
    }

    void ring(long now, OutOfMemoryError cause) {
        long until = quietUntil.get();
        if (now - until >= 0 && quietUntil.compareAndSet(until, now + QUIET_NANOS)) {
            told.incrementAndGet();
            LOG.error(
                    "memory.direct is used up ({} of {} bytes): requests are refused and connections closed until there is room: {}",
                    PlatformDependent.usedDirectMemory(), PlatformDependent.maxDirectMemory(), cause.toString());
        }
    }

    /// How often the log was told.
    long told() {
        return told.get();
    }
}
