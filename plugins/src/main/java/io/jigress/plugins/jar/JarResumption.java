package io.jigress.plugins.jar;

import io.jigress.api.FilterDecision;
import io.jigress.api.Resumption;
import io.jigress.api.Services;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/// A resumption that a plugin has: its continuation runs behind the guard, and calls without an effect are counted. For any thread.
final class JarResumption implements Resumption {
    private final JarFilter filter;
    private final Resumption exchange;
    private final AtomicBoolean used = new AtomicBoolean();
    private final @Nullable FilterDecision onDeadline;
    private Services.@Nullable Cancellable timer;

    /// @param onDeadline for [#expireIn]
    JarResumption(JarFilter filter, Resumption exchange, @Nullable FilterDecision onDeadline) {
        this.filter = filter;
        this.exchange = exchange;
        this.onDeadline = onDeadline;
    }

    /// Ends the wait, and counts that.
    void expireIn(Services services, Duration wait) {
        timer = services.schedule(wait, () -> {
            FilterDecision decision = onDeadline;
            if (decision != null && used.compareAndSet(false, true) && exchange.resume(decision)) {
                filter.waitedTooLong();
            }
        });
    }

    FilterDecision.Wait waiting() {
        return new FilterDecision.Wait(exchange);
    }

    @Override
    public boolean resume(FilterDecision decision) {
        if (decision instanceof FilterDecision.Wait) {
            throw new IllegalArgumentException("decision: Wait (expected: another one, or a continuation)");
        }
        return resume((_, _, _) -> decision);
    }

    @Override
    public boolean resume(Continuation continuation) {
        if (!used.compareAndSet(false, true)) {
            filter.misused("an exchange was resumed a second time or after its deadline; this has no effect");
            return false;
        }
        boolean resumed = exchange.resume((current, body, trailers) -> {
            if (timer != null) {
                timer.cancel();
            }
            return filter.guarded(current, shown -> continuation.resumed(shown, body, trailers));
        });
        if (!resumed) {
            filter.misused("an exchange was resumed after its end; this has no effect");
        }
        return resumed;
    }
}
