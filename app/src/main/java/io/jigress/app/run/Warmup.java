package io.jigress.app.run;

import java.time.Duration;
import java.util.function.IntSupplier;
import java.util.function.LongSupplier;

/// Determines whether the first configuration serves: no part of it waits any more, or the warm timeout is over. Once true it stays true.
/// For several threads.
public final class Warmup {
    private final IntSupplier waiting;
    private final long timeoutNanos;
    private final LongSupplier clock;
    private volatile long began;
    private volatile boolean over;

    /// @param waiting returns how many changes wait
    /// @param clock monotonic nanoseconds
    public Warmup(IntSupplier waiting, Duration timeout, LongSupplier clock) {
        this.waiting = waiting;
        this.timeoutNanos = timeout.toNanos();
        this.clock = clock;
        this.began = clock.getAsLong();
    }

    /// The first configuration has just been applied.
    public void begin() {
        began = clock.getAsLong();
    }

    public boolean over() {
        if (!over && (waiting.getAsInt() == 0 || clock.getAsLong() - began >= timeoutNanos)) {
            over = true;
        }
        return over;
    }
}
