package io.jigress.proxy.exchange;

import io.jigress.proxy.loop.Loop;
import io.jigress.proxy.loop.Timeout;

/// The timeouts of one exchange: the whole request, and silence. Activity costs one field; the timer looks at it when it rings.
final class Deadlines extends Timeout {
    /// Hears which of the two it was.
    interface Expiry {
        void expired(boolean silence);
    }

    private static final long NONE = Long.MAX_VALUE;

    private final Loop loop;
    private final Expiry expiry;
    private long request = NONE;
    private long silence;
    private boolean touched;
    Deadlines(Loop loop, Expiry expiry) {
        this.loop = loop;
        this.expiry = expiry;
    }

    /// @param requestNanos from now on, zero for none; likewise the longest silence
    void begin(long now, long requestNanos, long silenceNanos) {
        request = requestNanos == 0 ? NONE : now + requestNanos;
        silence = silenceNanos;
        touched = false;
        long first = silenceNanos == 0 ? request : Math.min(request, now + silenceNanos);
        if (first != NONE) {
            loop.timers().set(this, first);
        } else {
            clear();
        }
    }

    /// Something moved.
    void touch() {
        touched = true;
    }

    void clear() {
        loop.timers().clear(this);
    }

    @Override
    protected void expired() {
        long now = loop.nanoTime();
        if (request <= now || !touched) {
            expiry.expired(request > now);
            return;
        }
        // Silence is measured in whole periods: it ends an exchange after one to two of them.
        touched = false;
        loop.timers().set(this, Math.min(request, now + silence));
    }
}
