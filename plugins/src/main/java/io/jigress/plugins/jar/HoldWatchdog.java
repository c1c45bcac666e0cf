package io.jigress.plugins.jar;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// Reports plugins that hold an event loop: a callback that has not returned after 50 to 75 ms. One thread, which ends when there are no plugins.
///
/// Time is counted in ticks of this thread, not by the clock: while the process is suspended or collects garbage, no time passes. Nor does it, up to a
/// second, for a thread that could run and gets no processor.
final class HoldWatchdog {
    private static final Duration TICK = Duration.ofMillis(25);
    /// A callback is reported that is seen as many times.
    private static final int TICKS = 3;
    /// The same, for a thread that gets no processor.
    private static final int MOST_TICKS = 40;
    /// A thread that has run for less gets no processor.
    private static final long LEAST_CPU_NANOS = TimeUnit.MILLISECONDS.toNanos(40);
    private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

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
        private final Predicate<StackTraceElement[]> held;
        private final LongSupplier cpuNanos;
        /// Odd while a callback runs. Written by the event loop only.
        private int calls;
        /// Of the event loop: callbacks may be nested.
        private int depth;
        /// Of the watchdog.
        private int seen;
        private int ticks;
        private long firstCpuNanos;
        private boolean reported;

        /// @param held hears of each callback that holds the loop, with its stack, and says whether it is the plugin that holds it; else it is asked again.
        /// On the watchdog's thread
        Watched(Thread loop, Predicate<StackTraceElement[]> held) {
            this(loop, held, () -> THREADS.getThreadCpuTime(loop.threadId()));
        }

        /// @param cpuNanos how long the thread has run; negative when that is not known
        Watched(Thread loop, Predicate<StackTraceElement[]> held, LongSupplier cpuNanos) {
            this.loop = loop;
            this.held = held;
            this.cpuNanos = cpuNanos;
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
            if ((now & 1) == 0) {
                seen = now;
            } else if (now != seen) {
                seen = now;
                ticks = 1;
                firstCpuNanos = cpuNanos.getAsLong();
                reported = false;
            } else if (++ticks >= TICKS && !reported) {
                Thread.State state = loop.getState();
                StackTraceElement[] stack = loop.getStackTrace();
                reported = (int) CALLS.getOpaque(this) == now && !lacksProcessor(state, stack) && held.test(stack);
            }
        }

        /// A thread in a native method may wait for input.
        private boolean lacksProcessor(Thread.State state, StackTraceElement[] stack) {
            long now = cpuNanos.getAsLong();
            return ticks < MOST_TICKS && state == Thread.State.RUNNABLE && (stack.length == 0 || !stack[0].isNativeMethod())
                    && now >= 0 && now - firstCpuNanos < LEAST_CPU_NANOS;
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
