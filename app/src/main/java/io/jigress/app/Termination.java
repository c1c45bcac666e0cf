package io.jigress.app;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/// The end of the process: somebody asks for it (SIGTERM, Ctrl-C), the program finishes in its own time. For several threads.
final class Termination {
    private final CountDownLatch requested = new CountDownLatch(1);
    private final CountDownLatch finished = new CountDownLatch(1);
    private final CountDownLatch awaited = new CountDownLatch(1);
    private volatile int status;

    /// Ends with [#close].
    interface Interrupting extends AutoCloseable {
        @Override
        void close();
    }

    /// Holds the end of this process back until [#finish].
    static Termination ofProcess() {
        Termination termination = new Termination();
        Runtime runtime = Runtime.getRuntime();
        runtime.addShutdownHook(new Thread(() -> {
            termination.request();
            try {
                termination.finished.await();
            } catch (InterruptedException _) {
                // Then the process ends at once.
            }
            // Left to itself the JVM would end with 143 after SIGTERM, which tells whoever started us that something was wrong.
            runtime.halt(termination.status);
        }, "termination"));
        return termination;
    }

    void request() {
        requested.countDown();
    }

    /// Waits until somebody asks.
    void await() {
        awaited.countDown();
        try {
            requested.await();
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    /// Interrupts a thread when somebody asks, until this is closed.
    Interrupting interrupting(Thread thread) {
        Thread watch = Thread.ofVirtual().start(() -> {
            try {
                requested.await();
                thread.interrupt();
            } catch (InterruptedException _) {
                // That is how it is closed.
            }
        });
        return watch::interrupt;
    }

    boolean isRequested() { return requested.getCount() == 0; }

    /// Whether within so many seconds something began to wait: then it is running.
    boolean awaited(int seconds) throws InterruptedException {
        return awaited.await(seconds, TimeUnit.SECONDS);
    }

    /// @param exitCode what the process ends with
    void finish(int exitCode) {
        status = exitCode;
        finished.countDown();
    }
}
