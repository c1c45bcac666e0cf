package io.jigress.plugins.jar;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Reports plugins that hold an event loop: a callback that has not returned after 50 to 75 ms. One thread, which ends when there are no plugins.
///
/// Time is counted in ticks of this thread, not by the clock: while the process is suspended or collects garbage, no time passes.
final class HoldWatchdog {
    private static final Duration TICK = Duration.ofMillis(25);
    /// A callback is reported that is seen as many times.
    private static final int TICKS = 3;

    private final Set<Watched> all = ConcurrentHashMap.newKeySet();
    private final Object lock = new Object();
    private @Nullable Thread thread;

    /// The callbacks of one plugin on one event loop.
    static final class Watched {
        private static final VarHandle CALLS;

        static {
            try {
                CALLS = MethodHandles.lookup().findVarHandle(Watched.class, "calls", int.class);
            } catch (ReflectiveOperationException e) {
                throw new ExceptionInInitializerError(e);
            }
        }

        private final Thread loop;
        private final Consumer<StackTraceElement[]> held;
        /// Odd while a callback runs. Written by the event loop only.
        private int calls;
        /// Of the event loop: callbacks may be nested.
        private int depth;
        /// Of the watchdog.
        private int seen;
        private int ticks;

        /// @param held hears of each callback that holds the loop, with its stack; on the watchdog's thread
        Watched(Thread loop, Consumer<StackTraceElement[]> held) {
            this.loop = loop;
            this.held = held;
        }

        void enter() {
            if (depth++ == 0) {
                CALLS.setOpaque(this, calls + 1);
            }
        }

        void leave() {
            if (--depth == 0) {
                CALLS.setOpaque(this, calls + 1);
            }
        }

        private void tick() {
            int now = (int) CALLS.getOpaque(this);
            if ((now & 1) == 0 || now != seen) {
                seen = now;
                ticks = 1;
            } else if (++ticks == TICKS) {
                StackTraceElement[] stack = loop.getStackTrace();
                if ((int) CALLS.getOpaque(this) == now) {
                    held.accept(stack);
                }
            }
        }
    }

    void add(Watched watched) {
        synchronized (lock) {
            all.add(watched);
            if (thread == null) {
                Thread next = Thread.ofPlatform().daemon().name("jar-watchdog").unstarted(this::run);
                thread = next;
                next.start();
            }
        }
    }

    void remove(Watched watched) {
        all.remove(watched);
    }

    private void run() {
        do {
            LockSupport.parkNanos(this, TICK.toNanos());
            all.forEach(Watched::tick);
        } while (!isOver());
    }

    private boolean isOver() {
        synchronized (lock) {
            if (!all.isEmpty()) {
                return false;
            }
            thread = null;
            return true;
        }
    }
}
