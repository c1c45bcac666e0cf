package io.jigress.proxy.exchange;

import io.jigress.api.FilterDecision;
import io.jigress.api.Resumption;
import io.jigress.proxy.loop.Loop;
import io.netty.util.concurrent.ScheduledFuture;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/// Brings the answer of a filter that waited back to the event loop, once: the first answer, or the deadline's.
final class LoopResumption implements Resumption {

    /// On the event loop; `born` is the exchange's generation when the wait began.
    interface Target {
        void resume(Resumption by, Continuation continuation, int born);
    }

    private final AtomicBoolean done = new AtomicBoolean();
    private final Loop loop;
    private final Target target;
    private final int born;
    private final ScheduledFuture<?> deadline;

    LoopResumption(Loop loop, Duration after, FilterDecision onDeadline, int born, Target target) {
        this.loop = loop;
        this.target = target;
        this.born = born;
        this.deadline = loop.executor().schedule(() -> {
            if (done.compareAndSet(false, true)) {
                target.resume(this, (_, _, _) -> onDeadline, born);
            }
        }, after.toNanos(), TimeUnit.NANOSECONDS);
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
            deadline.cancel(false);
            target.resume(this, continuation, born);
        });
        return true;
    }
}
