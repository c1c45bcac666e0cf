package io.jigress.app.plugin;

import io.jigress.app.run.Wiring;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/// Tells when a saved change is live, which for a Wasm module or a jar is after it was compiled and loaded, and what the gateway cannot make of it.
final class LiveWatch implements Runnable {
    private static final long INTERVAL_MILLIS = 50;
    /// A change that is not live after this time is told of, once.
    private static final long LONG_NANOS = TimeUnit.SECONDS.toNanos(5);

    private final Wiring wiring;
    private final Consumer<String> tell;

    LiveWatch(Wiring wiring, Consumer<String> tell) {
        this.wiring = wiring;
        this.tell = tell;
    }

    /// Runs until the thread is interrupted.
    @Override
    public void run() {
        long seen = -1;
        long began = 0;
        boolean waits = false;
        boolean told = false;
        Set<String> known = Set.of();
        try {
            while (true) {
                long revision = wiring.live().resources().revision();
                if (revision != seen) {
                    seen = revision;
                    began = System.nanoTime();
                    waits = true;
                    told = false;
                }
                boolean ready = wiring.gateway().waiting() == 0;
                List<String> faults = wiring.gateway().faults();
                for (String fault : faults) {
                    if (!known.contains(fault)) {
                        tell.accept(fault);
                    }
                }
                known = new HashSet<>(faults);
                long nanos = System.nanoTime() - began;
                if (waits && ready) {
                    waits = false;
                    if (faults.isEmpty()) {
                        tell.accept("live after " + TimeUnit.NANOSECONDS.toMillis(nanos) + " ms");
                    }
                } else if (waits && !told && nanos > LONG_NANOS) {
                    told = true;
                    tell.accept("still being loaded; a Wasm module is compiled first");
                }
                Thread.sleep(INTERVAL_MILLIS);
            }
        } catch (InterruptedException _) {
            // The end of the command.
        }
    }
}
