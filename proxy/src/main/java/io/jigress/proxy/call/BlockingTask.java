package io.jigress.proxy.call;

import io.jigress.api.Services;
import io.jigress.api.TaskResult;
import io.jigress.proxy.loop.Timeout;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A task of a filter on a virtual thread of its own. While it runs, also beyond its deadline, the event loop looks at times whether the thread computes,
/// and so holds its carrier ([Carriers]). Event loop only, but for [#run].
final class BlockingTask<T extends @Nullable Object> extends Timeout implements Services.Cancellable {
    private static final Logger LOG = LoggerFactory.getLogger(BlockingTask.class);
    private static final long FIRST_LOOK_NANOS = 50_000_000L;
    private static final long LONGEST_NANOS = 1_000_000_000L;

    private enum State {
        RUNS, HOLDS_CARRIER, ENDED
    }

    private final LoopServices owner;
    private final Callable<T> task;
    private final long deadlineNanos;
    private final Duration deadline;
    private final Consumer<TaskResult<T>> result;
    private final BlockingTasks limit;
    private final AtomicReference<State> state = new AtomicReference<>(State.RUNS);
    private final Thread thread;
    /// Threads of other tasks, which this one starts before it runs.
    private List<Thread> others = List.of();
    private boolean over;
    /// Its index among the running tasks of its owner; -1 when it is not one.
    int place = -1;
    /// Until the next look.
    private long pause = FIRST_LOOK_NANOS;
    private boolean wasComputing;

    BlockingTask(LoopServices owner, Callable<T> task, Duration deadline, Consumer<TaskResult<T>> result, BlockingTasks limit) {
        this.owner = owner;
        this.task = task;
        this.deadline = deadline;
        this.result = result;
        this.limit = limit;
        deadlineNanos = owner.loop().nanoTime() + deadline.toNanos();
        thread = owner.threads().newThread(this::run);
    }

    /// Starts the thread after this turn of the loop, unless too many run.
    void begin() {
        if (!limit.tryBegin()) {
            owner.loop().executor().execute(() -> tell(new TaskResult.Refused<>(limit.refusal())));
            return;
        }
        lookLater();
        owner.starts().add(this);
    }

    /// @param others are started by this task's thread
    void start(List<Thread> others) {
        this.others = others;
        thread.start();
    }

    /// Not started yet, unless this task was the first of those that were started together.
    Thread thread() {
        return thread;
    }

    private void lookLater() {
        long now = owner.loop().nanoTime();
        owner.loop().timers().set(this, now + (over ? pause : Math.min(pause, Math.max(0, deadlineNanos - now))));
    }

    private void run() {
        startOthers();
        TaskResult<T> outcome;
        try {
            outcome = new TaskResult.Done<>(task.call());
        } catch (Throwable e) {
            outcome = new TaskResult.Failed<>(e);
        } finally {
            limit.ended();
            if (state.getAndSet(State.ENDED) == State.HOLDS_CARRIER) {
                limit.carriers().release();
            }
            limit.carriers().taskEnded();
        }
        TaskResult<T> told = outcome;
        try {
            owner.loop().executor().execute(() -> ended(told));
        } catch (RejectedExecutionException _) {
            // The loop has ended, and the filter with it.
        }
    }

    private void startOthers() {
        List<Thread> now = others;
        others = List.of();
        for (int i = 0; i < now.size(); i++) {
            now.get(i).start();
        }
    }

    private void ended(TaskResult<T> outcome) {
        owner.loop().timers().remove(this);
        tell(outcome);
    }

    private void tell(TaskResult<T> outcome) {
        if (over) {
            return;
        }
        end();
        try {
            result.accept(outcome);
        } catch (RuntimeException | LinkageError e) {
            LOG.error("filter {} threw in a callback of a blocking task", owner.filter(), e);
        }
    }

    private void end() {
        over = true;
        owner.ended(this);
    }

    @Override
    public void cancel() {
        if (!over) {
            end();
            thread.interrupt();
        }
    }

    @Override
    protected void expired() {
        look();
        if (!over && owner.loop().nanoTime() - deadlineNanos >= 0) {
            thread.interrupt();
            pause = FIRST_LOOK_NANOS;
            tell(new TaskResult.Late<>(deadline));
        }
        if (state.get() == State.RUNS || !over) {
            lookLater();
        }
    }

    /// A thread that is runnable twice in a row computes: one that blocks at times is seldom seen so.
    private void look() {
        boolean computes = thread.getState() == Thread.State.RUNNABLE;
        if (computes && wasComputing && state.get() == State.RUNS) {
            limit.carriers().hold(owner.filter());
            if (!state.compareAndSet(State.RUNS, State.HOLDS_CARRIER)) {
                limit.carriers().release();
            }
        }
        pause = computes ? FIRST_LOOK_NANOS : Math.min(2 * pause, LONGEST_NANOS);
        wasComputing = computes;
    }
}
