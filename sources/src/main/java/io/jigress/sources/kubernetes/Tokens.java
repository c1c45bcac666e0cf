package io.jigress.sources.kubernetes;

import java.util.concurrent.TimeUnit;

/// Paces writes: so many in a second, with a reserve for a burst after a rest. For one thread.
final class Tokens {
    private final int perSecond;
    private final int burst;
    private double left;
    private long filledNanos = System.nanoTime();

    Tokens(int perSecond, int burst) {
        this.perSecond = perSecond;
        this.burst = burst;
        left = burst;
    }

    int perSecond() {
        return perSecond;
    }

    /// Waits for the next one.
    void take() throws InterruptedException {
        long now = System.nanoTime();
        left = Math.min(burst, left + (now - filledNanos) * 1e-9 * perSecond);
        filledNanos = now;
        left--;
        if (left < 0) {
            TimeUnit.NANOSECONDS.sleep((long) (-left / perSecond * 1e9));
        }
    }
}
