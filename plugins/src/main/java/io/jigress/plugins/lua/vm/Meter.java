package io.jigress.plugins.lua.vm;

import java.util.function.LongSupplier;

/// Counts what scripts of one state consume: instructions and processor time of a run, and memory of the state. Not for several threads.
///
/// Memory is charged when it is allocated. When the charges since the last measurement could have reached the limit, the live objects are
/// measured.
public final class Meter {
    /// The number of instructions between two looks at the clock.
    private static final int TICK = 10_000;

    private final long instructions;
    private final long runNanos;
    private final long memory;
    private final LongSupplier processorTime;
    private LongSupplier liveBytes = () -> 0;

    /// Instructions left until [#tick]; the interpreter decrements it.
    int fuel = TICK;
    private long remaining;
    private long startedAt = -1;
    private long live;
    private long allocated;
    private boolean measuring;

    /// @param instructions  of one run
    /// @param runNanos      processor time of one run
    /// @param memory        bytes of live objects
    /// @param processorTime of the current thread, in nanoseconds
    public Meter(long instructions, long runNanos, long memory, LongSupplier processorTime) {
        this.instructions = instructions;
        this.runNanos = runNanos;
        this.memory = memory;
        this.processorTime = processorTime;
        start();
    }

    void measuredBy(LongSupplier measure) {
        liveBytes = measure;
    }

    /// A run begins: from the start, or after a wait.
    public void start() {
        fuel = (int) Math.min(TICK, instructions);
        remaining = instructions - fuel;
        startedAt = -1;
    }

    /// The memory limit in bytes.
    public long memoryLimit() {
        return memory;
    }

    /// The bytes that were live at the last measurement, and those allocated since.
    public long memoryUsed() {
        return live + allocated;
    }

    /// Charges the work of a library function as that many instructions.
    public void work(long units) {
        long left = fuel - units;
        if (left < 0) {
            remaining += Math.min(left, 0);
            fuel = -1;
            tick();
        } else {
            fuel = (int) left;
        }
    }

    /// Called when [#fuel] is used up: checks the limits and refills it.
    void tick() {
        if (remaining <= 0) {
            fuel = 0;
            remaining = 0;
            throw new LimitExceeded(LimitExceeded.Kind.INSTRUCTIONS,
                    "the script executed more than " + instructions + " instructions"
                            + " (limits.instructions) and was stopped");
        }
        long now = processorTime.getAsLong();
        if (startedAt < 0) {
            startedAt = now;
        } else if (now - startedAt > runNanos) {
            fuel = 0;
            remaining = 0;
            throw new LimitExceeded(LimitExceeded.Kind.TIME, "the script ran for more than " + runNanos / 1_000_000
                    + " ms without a wait (limits.run) and was stopped");
        }
        fuel = (int) Math.min(TICK, remaining);
        remaining -= fuel;
    }

    /// Charges an allocation, before it is made.
    public void allocate(long bytes) {
        allocated += bytes;
        if (live + allocated > memory && !measuring) {
            measure(bytes);
        }
    }

    /// Charges a string.
    public void string(long length) {
        allocate(40 + length);
    }

    private void measure(long pending) {
        measuring = true;
        try {
            long bytes = liveBytes.getAsLong();
            // A measurement costs time in proportion to what is live.
            work(bytes / 64);
            live = bytes;
            allocated = 0;
        } finally {
            measuring = false;
        }
        if (live + pending > memory) {
            throw new LimitExceeded(LimitExceeded.Kind.MEMORY, "the script needs more than " + memory
                    + " bytes of memory (limits.memory) and was stopped");
        }
        allocated = pending;
    }
}
