package io.jigress.proxy.exchange;

import io.jigress.proxy.loop.Loop;
import io.jigress.proxy.loop.Timeout;

/// The timeouts of one exchange or call: the whole request, and silence. Activity costs one field; the timer looks at it when it rings.
///
/// A silence strikes between 1.0 and 1.2 times its length after the last sign of life.
public final class Deadlines extends Timeout {
    public interface Expiry {
        /// Whether there was a sign of life since the last call that nobody has told by [Deadlines#touch].
        boolean moved();

        /// Hears which of the two it was.
        void expired(boolean silence);
    }

    private static final long NONE = Long.MAX_VALUE;
    /// How often within the longest silence the timer looks.
    private static final int LOOKS = 10;

    private final Loop loop;
    private final Expiry expiry;
    private long request = NONE;
    private long silence;
    /// Nothing has moved since then, as far as is known.
    private long quietSince;
    private boolean touched;

    public Deadlines(Loop loop, Expiry expiry) {
        this.loop = loop;
        this.expiry = expiry;
    }

    /// @param requestNanos from now on, zero for none; likewise the longest silence
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

    /// Changes the longest silence, which begins anew; zero for none.
    void silence(long nanos) {
        restart(loop.nanoTime(), nanos);
    }

    /// Something moved.
    public void touch() {
        touched = true;
    }

    public void clear() {
        loop.timers().clear(this);
    }

    /// The same for good: the timers let go of this at once.
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
