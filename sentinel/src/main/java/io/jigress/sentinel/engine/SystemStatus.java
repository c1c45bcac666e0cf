package io.jigress.sentinel.engine;

import com.sun.management.OperatingSystemMXBean;
import io.jigress.sentinel.rule.Rule.SystemLimits;
import java.lang.management.ManagementFactory;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;

/// Checks system rules: load and CPU of the machine, and all requests that have passed the filter. Decides as Sentinel's
/// `SystemRuleManager` does, which would start a thread for it.
final class SystemStatus {
    private static final long SAMPLE_NANOS = 900_000_000;
    private static final String NAME = "__total_inbound_traffic__";

    private final Resource total = new Resource(NAME);
    /// Counts all requests; refuses none.
    private final Guard inbound = new Guard(total, List.of(), List.of());
    private final OperatingSystemMXBean machine = ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);
    private final AtomicLong sampledAt = new AtomicLong(Long.MIN_VALUE);
    private volatile double load = -1;
    private volatile double cpu = -1;
    /// The CPU time of the process at the previous sample; -1 before the first.
    private long processCpuNanos = -1;

    Resource total() {
        return total;
    }

    Guard inbound() {
        return inbound;
    }

    /// Measures load and CPU, about once per second for all callers together.
    void sample(long now) {
        long last = sampledAt.get();
        if (last != Long.MIN_VALUE && now - last < SAMPLE_NANOS || !sampledAt.compareAndSet(last, now)) {
            return;
        }
        load = machine.getSystemLoadAverage();
        long used = machine.getProcessCpuTime();
        double ofProcess = processCpuNanos < 0 || last == Long.MIN_VALUE
                ? 0
                : (used - processCpuNanos) / (double) (now - last) / machine.getAvailableProcessors();
        processCpuNanos = used;
        cpu = Math.max(ofProcess, machine.getCpuLoad());
    }

    /// Whether one more request is within the limits.
    boolean allows(SystemLimits limits) {
        ResourceNode node = total.node;
        if (limits.qps() >= 0 && node.passQps() + 1 > limits.qps()) {
            return false;
        }
        int threads = node.curThreadNum();
        if (limits.threads() >= 0 && threads > limits.threads()) {
            return false;
        }
        if (limits.responseMillis() >= 0 && node.avgRt() > limits.responseMillis()) {
            return false;
        }
        if (limits.load() >= 0 && load > limits.load() && threads > 1
                && threads > node.maxSuccessQps() * node.minRt() / 1_000) {
            return false;
        }
        return limits.cpu() < 0 || cpu <= limits.cpu();
    }
}
