package io.jigress.proxy;

import com.sun.management.ThreadMXBean;
import io.netty.util.ResourceLeakDetector;
import java.lang.management.ManagementFactory;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/// What the event loop of a gateway allocates on the heap. As an extension it turns leak detection off while a class's tests run, since that allocates.
final class LoopAllocations implements BeforeAllCallback, AfterAllCallback {
    private static final int FEWEST_ROUNDS = 8;
    /// On a busy machine the virtual machine compiles late, and code that is not compiled yet allocates more.
    private static final long PATIENCE_NANOS = 30_000_000_000L;

    private final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    private ResourceLeakDetector.Level before = ResourceLeakDetector.getLevel();

    @Override
    public void beforeAll(ExtensionContext context) {
        before = ResourceLeakDetector.getLevel();
        ResourceLeakDetector.setLevel(ResourceLeakDetector.Level.DISABLED);
    }

    @Override
    public void afterAll(ExtensionContext context) {
        ResourceLeakDetector.setLevel(before);
    }

    interface Work {
        void run() throws Exception;
    }

    /// The ids of all threads that there are now.
    static Set<Long> threads() {
        return Thread.getAllStackTraces().keySet().stream().map(Thread::threadId).collect(Collectors.toSet());
    }

    /// The event loop of a gateway that was started after [#threads].
    static long loop(Set<Long> earlier) {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().matches("gateway-\\d+-\\d+") && !earlier.contains(thread.threadId()))
                .mapToLong(Thread::threadId)
                .findFirst().orElseThrow(() -> new AssertionError("no event loop among the threads"));
    }

    /// The least of several rounds: what the virtual machine allocates once, for example to compile, does not belong to the work. The first round is not
    /// measured.
    ///
    /// @param times how often a round does what is measured
    /// @param enough a round with no more than this is the last
    /// @return bytes for each time
    double least(long loop, int times, double enough, Work round) throws Exception {
        round.run();
        double least = Double.MAX_VALUE;
        long begun = System.nanoTime();
        for (int i = 1; least > enough && (i < FEWEST_ROUNDS || System.nanoTime() - begun < PATIENCE_NANOS); i++) {
            long start = threads.getThreadAllocatedBytes(loop);
            round.run();
            least = Math.min(least, (double) (threads.getThreadAllocatedBytes(loop) - start) / times);
        }
        return least;
    }
}
