package io.jigress.sources.kubernetes;

import java.util.concurrent.TimeUnit;

/// A token bucket that limits the rate of writes, with a burst after a pause. For one thread.
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

    private void fill() {
        long now = System.nanoTime();
        left = Math.min(burst, left + (now - filledNanos) * 1e-9 * perSecond);
        filledNanos = now;
    }

    /// Takes a token if there is one.
    boolean tryTake() {
        fill();
        if (left < 1) {
            return false;
        }
        left--;
        return true;
    }

    /// Waits for the next token.
    void take() throws InterruptedException {
        fill();
        left--;
        if (left < 0) {
            TimeUnit.NANOSECONDS.sleep((long) (-left / perSecond * 1e9));
        }
    }
}
