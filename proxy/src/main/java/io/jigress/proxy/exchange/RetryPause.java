package io.jigress.proxy.exchange;

import io.jigress.api.ProxyFailure;
import io.jigress.proxy.loop.Loop;
import io.jigress.proxy.loop.Timeout;
import io.jigress.proxy.upstream.UpstreamEndpoint;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// The time between two attempts of a request: the `backoff` of the policy, then the wait for a place in the retry budget of the cluster. Event
/// loop only.
final class RetryPause extends Timeout {
    /// The interval in which the budget is checked, and the time after which the request fails.
    private static final long LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(10);
    private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final Loop loop;
    private final Attempts attempts;
    private @Nullable UpstreamEndpoint failed;
    private @Nullable ProxyFailure failure;
    private boolean budgeted;
    private long patienceEnds;

    RetryPause(Loop loop, Attempts attempts) {
        this.loop = loop;
        this.attempts = attempts;
    }

    /// @param endpoint of the attempt that failed
    /// @param why null if it was answered with a status that is retried
    /// @param counts whether it needs a place in the retry budget
    void begin(UpstreamEndpoint endpoint, @Nullable ProxyFailure why, boolean counts, long pauseNanos) {
        failed = endpoint;
        failure = why;
        budgeted = !counts;
        long now = loop.nanoTime();
        patienceEnds = now + pauseNanos + PATIENCE_NANOS;
        loop.timers().set(this, now + Math.max(pauseNanos, counts ? LOOK_NANOS : 0));
    }

    boolean isRunning() { return failed != null; }

    void clear() {
        loop.timers().clear(this);
        failed = null;
        failure = null;
    }

    @Override
    protected void expired() {
        UpstreamEndpoint from = failed;
        if (from == null) {
            return;
        }
        try {
            if (!budgeted && !attempts.tryBudget()) {
                long now = loop.nanoTime();
                if (now - patienceEnds < 0) {
                    loop.timers().set(this, now + LOOK_NANOS);
                    return;
                }
                ProxyFailure why = failure;
                clear();
                attempts.fail(why == null ? Failures.NO_RETRY : why);
                return;
            }
            clear();
            attempts.again(from);
        } catch (Throwable e) {
            attempts.broke(e);
        }
    }
}
