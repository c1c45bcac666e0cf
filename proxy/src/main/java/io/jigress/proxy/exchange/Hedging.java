package io.jigress.proxy.exchange;

import io.jigress.proxy.loop.Loop;
import io.jigress.proxy.loop.Timeout;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/// The second attempt of a request whose first one takes long (hedging): the first of the two that gets a response wins, and the other is cancelled.
/// Event loop only.
final class Hedging extends Timeout {
    private final Loop loop;
    private final Attempts attempts;
    private long delayNanos;
    private boolean armed;
    /// The second attempt; null when there is none, or no longer a first one.
    private @Nullable Attempt second;

    Hedging(Loop loop, Attempts attempts) {
        this.loop = loop;
        this.attempts = attempts;
    }

    /// A request begins.
    ///
    /// @param delay until the second attempt; zero for none
    void begin(Duration delay) {
        if (!delay.isZero()) {
            delayNanos = delay.toNanos();
            arm();
        }
    }

    /// Waits for the delay.
    void arm() {
        armed = true;
        loop.timers().set(this, loop.nanoTime() + delayNanos);
    }

    @Override
    protected void expired() {
        armed = false;
        try {
            attempts.hedge();
        } catch (Throwable e) {
            attempts.broke(e);
        }
    }

    void second(Attempt begun) {
        second = begun;
    }

    boolean isSecond(Attempt by) { return by == second; }

    /// One of two attempts has ended: it failed, or its response is discarded.
    ///
    /// @return the other one; null when there was only one
    @Nullable Attempt leave(@Nullable Attempt first, Attempt by) {
        Attempt other = by == second ? first : second;
        second = null;
        return other;
    }

    /// A response has come: there is no second attempt any more.
    ///
    /// @return the attempt to cancel; null when there was only one
    @Nullable Attempt win(@Nullable Attempt first, Attempt by) {
        if (armed) {
            armed = false;
            loop.timers().clear(this);
        }
        return second == null ? null : leave(first, by);
    }

    /// The request is over.
    void clear() {
        if (armed) {
            armed = false;
            loop.timers().clear(this);
        }
        Attempt under = second;
        if (under != null) {
            second = null;
            under.cancel();
        }
    }

    /// There is no further request.
    void discard() {
        loop.timers().remove(this);
    }
}
