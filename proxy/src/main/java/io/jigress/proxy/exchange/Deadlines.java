package io.jigress.proxy.exchange;

import io.jigress.proxy.loop.Loop;
import io.jigress.proxy.loop.Timeout;

/// The timeouts of one exchange or call: one for the whole request, and one for inactivity. Activity writes one field, which the timer reads when it
/// expires.
///
/// The inactivity timeout fires between 1.0 and 1.2 times its length after the last activity.
public final class Deadlines extends Timeout {
    public interface Expiry {
        /// Whether there was activity since the last call that was not reported by [Deadlines#touch].
        boolean moved();

        /// A timeout has expired.
        void expired(boolean silence);
    }

    private static final long NONE = Long.MAX_VALUE;
    /// How often the timer checks within one inactivity timeout.
    private static final int LOOKS = 10;

    private final Loop loop;
    private final Expiry expiry;
    private long request = NONE;
    private long silence;
    /// The time of the last known activity.
    private long quietSince;
    private boolean touched;

    public Deadlines(Loop loop, Expiry expiry) {
        this.loop = loop;
        this.expiry = expiry;
    }

    /// @param requestNanos from now on, zero for none; likewise the inactivity timeout
    public void begin(long now, long requestNanos, long silenceNanos) {
        request = requestNanos == 0 ? NONE : now + requestNanos;
        restart(now, silenceNanos);
    }

    private void restart(long now, long silenceNanos) {
        silence = silenceNanos;
        quietSince = now;
        touched = false;
        if (silenceNanos != 0 || request != NONE) {
            loop.timers().set(this, next(now));
        } else {
            clear();
        }
    }

    private long next(long now) {
        return silence == 0 ? request : Math.min(request, Math.min(now + silence / LOOKS + 1, quietSince + silence));
    }

    /// Changes the inactivity timeout and restarts it; zero for none.
    void silence(long nanos) {
        restart(loop.nanoTime(), nanos);
    }

    /// There was activity.
    public void touch() {
        touched = true;
    }

    public void clear() {
        loop.timers().clear(this);
    }

    /// The same; the timer wheel also drops its reference at once.
    public void remove() {
        loop.timers().remove(this);
    }

    @Override
    protected void expired() {
        long now = loop.nanoTime();
        if (request <= now) {
            expiry.expired(false);
            return;
        }
        boolean moved = expiry.moved();
        if (touched || moved) {
            touched = false;
            quietSince = now;
        } else if (now - quietSince >= silence) {
            expiry.expired(true);
            return;
        }
        loop.timers().set(this, next(now));
    }
}
