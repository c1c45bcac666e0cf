package io.jigress.plugins.wasm.vm;

import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.LockSupport;

/// Interrupts modules that run longer than they may. One thread, which sleeps while there are no instances.
///
/// Time is counted in ticks of this thread, not by the clock: while the process is suspended or collects garbage, no time passes for modules.
public final class Watchdog implements AutoCloseable {
    static final Duration TICK = Duration.ofMillis(4);

    private final Set<Guest> guests = ConcurrentHashMap.newKeySet();
    private final Thread thread;
    private volatile boolean closed;

    public Watchdog() {
        thread = Thread.ofPlatform().daemon().name("wasm-watchdog").unstarted(this::run);
        thread.start();
    }

    void add(Guest guest) {
        if (guests.add(guest) && guests.size() == 1) {
            LockSupport.unpark(thread);
        }
    }

    void remove(Guest guest) {
        guests.remove(guest);
    }

    /// How many ticks a module may run.
    static int ticks(Duration limit) {
        return Math.clamp(limit.toMillis() / TICK.toMillis(), 1, Integer.MAX_VALUE);
    }

    private void run() {
        while (!closed) {
            if (guests.isEmpty()) {
                LockSupport.park(this);
            } else {
                LockSupport.parkNanos(this, TICK.toNanos());
                guests.forEach(Guest::tick);
            }
        }
    }

    @Override
    public void close() {
        closed = true;
        LockSupport.unpark(thread);
    }
}
