package io.jigress.plugins.wasm.vm;

import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/// Interrupts modules that run longer than they may. One thread, which ends when there are no instances.
///
/// Time is counted in ticks of this thread, not by the clock: while the process is suspended or collects garbage, no time passes for modules.
public final class Watchdog {
    static final Duration TICK = Duration.ofMillis(4);

    private final Set<Guest> guests = ConcurrentHashMap.newKeySet();
    private final Object lock = new Object();
    private @Nullable Thread thread;

    void add(Guest guest) {
        synchronized (lock) {
            guests.add(guest);
            if (thread == null) {
                Thread next = Thread.ofPlatform().daemon().name("wasm-watchdog").unstarted(this::run);
                thread = next;
                next.start();
            }
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
        do {
            LockSupport.parkNanos(this, TICK.toNanos());
            guests.forEach(Guest::tick);
        } while (!isOver());
    }

    private boolean isOver() {
        synchronized (lock) {
            if (!guests.isEmpty()) {
                return false;
            }
            thread = null;
            return true;
        }
    }
}
