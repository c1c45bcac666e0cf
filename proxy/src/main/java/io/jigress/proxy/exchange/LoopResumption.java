package io.jigress.proxy.exchange;

import io.jigress.api.FilterDecision;
import io.jigress.api.Resumption;
import io.jigress.proxy.loop.Loop;
import io.jigress.proxy.loop.Timeout;
import io.netty.util.concurrent.ScheduledFuture;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/// Brings the answer of a filter that waited back to the event loop, once: the first answer, or the deadline's.
///
/// A deadline of a second or more is seldom reached: it is in the timer wheel, which costs little and may be late by a tick. A shorter one may be a delay that the
/// filter wants, and is exact.
final class LoopResumption extends Timeout implements Resumption {
    private static final long SECOND = TimeUnit.SECONDS.toNanos(1);

    /// On the event loop; `born` is the exchange's generation when the wait began.
    interface Target {
        void resume(Resumption by, Continuation continuation, int born);
    }

    private final AtomicBoolean done = new AtomicBoolean();
    private final Loop loop;
    private final Target target;
    private final int born;
    private final FilterDecision onDeadline;
    /// Null when the deadline is in the wheel.
    private final @Nullable ScheduledFuture<?> exact;

    private LoopResumption(Loop loop, Duration after, FilterDecision onDeadline, int born, Target target) {
        this.loop = loop;
        this.target = target;
        this.born = born;
        this.onDeadline = onDeadline;
        long nanos = after.toNanos();
        exact = nanos < SECOND ? loop.executor().schedule(this::expired, nanos, TimeUnit.NANOSECONDS) : null;
    }

    /// Event loop only.
    static LoopResumption begin(Loop loop, Duration after, FilterDecision onDeadline, int born, Target target) {
        LoopResumption begun = new LoopResumption(loop, after, onDeadline, born, target);
        if (begun.exact == null) {
            long now = loop.nanoTime();
            loop.timers().set(begun, now + Math.min(after.toNanos(), Long.MAX_VALUE - 1 - now));
        }
        return begun;
    }

    @Override
    protected void expired() {
        if (done.compareAndSet(false, true)) {
            target.resume(this, (_, _, _) -> onDeadline, born);
        }
    }

    @Override
    public boolean resume(FilterDecision decision) {
        if (decision instanceof FilterDecision.Wait) {
            throw new IllegalArgumentException("a wait cannot end in another wait");
        }
        return resume((_, _, _) -> decision);
    }

    @Override
    public boolean resume(Continuation continuation) {
        if (!done.compareAndSet(false, true)) {
            return false;
        }
        // Always through the loop's queue: the filter may resume before its callback has returned.
        loop.executor().execute(() -> {
            ScheduledFuture<?> deadline = exact;
            if (deadline == null) {
                loop.timers().remove(this);
            } else {
                deadline.cancel(false);
            }
            target.resume(this, continuation, born);
        });
        return true;
    }
}
