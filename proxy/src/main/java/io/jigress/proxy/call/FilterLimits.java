package io.jigress.proxy.call;

/// How much filters may have under way.
///
/// @param calls calls in flight of one instance of a filter (`limits.filter.calls`)
/// @param blockingTasks tasks that block, in the whole process (`limits.blocking.tasks`)
public record FilterLimits(int calls, int blockingTasks) {
    public static final FilterLimits DEFAULT = new FilterLimits(4096, 4096);
}
