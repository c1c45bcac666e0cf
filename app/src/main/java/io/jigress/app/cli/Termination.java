package io.jigress.app.cli;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/// The end of the process: requested by SIGTERM or Ctrl-C; the program then finishes its work and exits. For several threads.
public final class Termination {
    private final CountDownLatch requested = new CountDownLatch(1);
    private final CountDownLatch finished = new CountDownLatch(1);
    private final CountDownLatch awaited = new CountDownLatch(1);
    private volatile int status;

    /// Ends with [#close].
    public interface Interrupting extends AutoCloseable {
        @Override
        void close();
    }

    /// Delays the end of this process until [#finish].
    public static Termination ofProcess() {
        Termination termination = new Termination();
        Runtime runtime = Runtime.getRuntime();
        runtime.addShutdownHook(new Thread(() -> {
            termination.request();
            try {
                termination.finished.await();
            } catch (InterruptedException _) {
                // The process then ends at once.
            }
            // Otherwise the JVM exits with 143 after SIGTERM, which supervisors treat as a failure.
            runtime.halt(termination.status);
        }, "termination"));
        return termination;
    }

    public void request() {
        requested.countDown();
    }

    /// Waits for the request.
    public void await() {
        awaited.countDown();
        try {
            requested.await();
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    /// Interrupts a thread when termination is requested, until this is closed.
    public Interrupting interrupting(Thread thread) {
        Thread watch = Thread.ofVirtual().start(() -> {
            try {
                requested.await();
                thread.interrupt();
            } catch (InterruptedException _) {
                // Closing interrupts the thread.
            }
        });
        return watch::interrupt;
    }

    public boolean isRequested() { return requested.getCount() == 0; }

    /// Whether a thread began to wait for termination within the given seconds, which means that the gateway runs.
    public boolean awaited(int seconds) throws InterruptedException {
        return awaited.await(seconds, TimeUnit.SECONDS);
    }

    /// @param exitCode the exit code of the process
    public void finish(int exitCode) {
        status = exitCode;
        finished.countDown();
    }
}
