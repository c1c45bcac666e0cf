package io.jigress.api;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/// The result of a task of [Services#blocking].
public sealed interface TaskResult<T extends @Nullable Object> {

    record Done<T extends @Nullable Object>(T value) implements TaskResult<T> {}

    /// The task has thrown.
    record Failed<T extends @Nullable Object>(Throwable cause) implements TaskResult<T> {}

    /// The task did not finish in time. Its thread was interrupted, and counts towards `limits.blocking.tasks` until it ends.
    record Late<T extends @Nullable Object>(Duration deadline) implements TaskResult<T> {}

    /// The task was not started: as many as `limits.blocking.tasks` are running.
    ///
    /// @param why for people
    record Refused<T extends @Nullable Object>(String why) implements TaskResult<T> {}
}
