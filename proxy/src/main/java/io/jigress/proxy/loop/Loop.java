package io.jigress.proxy.loop;

import io.jigress.proxy.telemetry.AccessLog;
import io.jigress.proxy.telemetry.LoopMetrics;
import io.netty.channel.EventLoop;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One event loop and its resources. All methods but the constructor and [#index] are for the loop's own thread.
public final class Loop {
    private static final Logger LOG = LoggerFactory.getLogger(Loop.class);

    private final int index;
    private final EventLoop executor;
    private final LongSupplier clock;
    private final TimerWheel timers;
    private final LoopMetrics metrics;
    private final AccessLog.Writer accessLog;
    private final LoopMemory memory;
    private long random;
    private long recent;

    /// @param index counts from 0
    /// @param clock monotonic nanoseconds
    public Loop(int index, EventLoop executor, LongSupplier clock, long seed, LoopMetrics metrics, AccessLog.Writer accessLog,
            MemoryBudget memory) {
        this.index = index;
        this.executor = executor;
        this.clock = clock;
        this.recent = clock.getAsLong();
        this.timers = new TimerWheel(recent);
        this.metrics = metrics;
        this.accessLog = accessLog;
        this.memory = new LoopMemory(this, metrics, memory);
        this.random = seed | 1;
    }

    /// Starts the tick of the timers.
    public void start() {
        executor.scheduleAtFixedRate(this::tick, TimerWheel.TICK_NANOS, TimerWheel.TICK_NANOS, TimeUnit.NANOSECONDS);
    }

    private void tick() {
        try {
            timers.advance(nanoTime());
            memory.tick();
        } catch (Throwable e) {
            // An exception in one timeout must not stop the others: the executor drops a periodic task that throws.
            LOG.error("a timeout failed on event loop {}", index, e);
        }
    }

    public int index() {
        return index;
    }

    public EventLoop executor() {
        return executor;
    }

    public long nanoTime() {
        long now = clock.getAsLong();
        recent = now;
        return now;
    }

    /// What [#nanoTime] returned last: at most one tick of the timers ago. For deadlines that may come a tick early.
    public long recentNanos() {
        return recent;
    }

    public TimerWheel timers() {
        return timers;
    }

    public LoopMetrics metrics() {
        return metrics;
    }

    public AccessLog.Writer accessLog() {
        return accessLog;
    }

    public LoopMemory memory() {
        return memory;
    }

    /// The next number of a pseudo-random sequence (xorshift64): for load balancing and request ids, not for secrets.
    public long random() {
        long x = random;
        x ^= x << 13;
        x ^= x >>> 7;
        x ^= x << 17;
        random = x;
        return x;
    }

    /// A whole number in `[0, bound)`.
    public int random(int bound) {
        return (int) ((random() >>> 33) * bound >>> 31);
    }
}
