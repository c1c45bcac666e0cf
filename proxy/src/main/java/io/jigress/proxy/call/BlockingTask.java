package io.jigress.proxy.call;

import io.jigress.api.Services;
import io.jigress.api.TaskResult;
import io.jigress.proxy.loop.Timeout;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A task of a filter on a virtual thread of its own. Event loop only, but for [#run].
final class BlockingTask<T extends @Nullable Object> extends Timeout implements Services.Cancellable {
    private static final Logger LOG = LoggerFactory.getLogger(BlockingTask.class);

    private final LoopServices owner;
    private final Callable<T> task;
    private final Duration deadline;
    private final Consumer<TaskResult<T>> result;
    private @Nullable Thread thread;
    private boolean over;

    BlockingTask(LoopServices owner, Callable<T> task, Duration deadline, Consumer<TaskResult<T>> result) {
        this.owner = owner;
        this.task = task;
        this.deadline = deadline;
        this.result = result;
    }

    void start(BlockingTasks limit) {
        if (!limit.tryBegin()) {
            owner.loop().executor().execute(() -> tell(new TaskResult.Refused<>(limit.refusal())));
            return;
        }
        owner.loop().timers().set(this, owner.loop().nanoTime() + deadline.toNanos());
        thread = Thread.ofVirtual().name("filter-" + owner.filter()).start(() -> run(limit));
    }

    private void run(BlockingTasks limit) {
        TaskResult<T> outcome;
        try {
            outcome = new TaskResult.Done<>(task.call());
        } catch (Throwable e) {
            outcome = new TaskResult.Failed<>(e);
        } finally {
            limit.ended();
        }
        TaskResult<T> told = outcome;
        try {
            owner.loop().executor().execute(() -> tell(told));
        } catch (RejectedExecutionException _) {
            // The loop has ended, and the filter with it.
        }
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
        owner.loop().timers().remove(this);
        owner.ended(this);
    }

    private void interrupt() {
        Thread running = thread;
        if (running != null) {
            running.interrupt();
        }
    }

    @Override
    public void cancel() {
        if (!over) {
            end();
            interrupt();
        }
    }

    @Override
    protected void expired() {
        interrupt();
        tell(new TaskResult.Late<>(deadline));
    }
}
