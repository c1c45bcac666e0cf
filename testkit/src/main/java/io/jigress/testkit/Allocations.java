package io.jigress.testkit;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;

/// Counts the heap bytes that a piece of code allocates, which, unlike time, a test can assert.
public final class Allocations {
    private static final int WARM_UP = 20_000;
    private static final int ROUNDS = 2_000;

    private Allocations() {}

    /// The heap bytes that one call allocates on this thread, after a warm-up: the least of several rounds, rounded down, so that a
    /// stray allocation of the virtual machine does not count.
    public static long perCall(Runnable code) {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        for (int i = 0; i < WARM_UP; i++) {
            code.run();
        }
        long least = Long.MAX_VALUE;
        for (int round = 0; round < 5; round++) {
            long before = threads.getCurrentThreadAllocatedBytes();
            for (int i = 0; i < ROUNDS; i++) {
                code.run();
            }
            least = Math.min(least, (threads.getCurrentThreadAllocatedBytes() - before) / ROUNDS);
        }
        return least;
    }
}
