package io.jigress.proxy.telemetry;

import com.sun.management.UnixOperatingSystemMXBean;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.util.internal.PlatformDependent;
import java.lang.management.BufferPoolMXBean;
import java.lang.management.GarbageCollectorMXBean;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryUsage;
import java.util.List;
import java.util.Map;

/// The resources that the Java process as a whole uses.
final class ProcessGauges {
    private ProcessGauges() {}

    static void write(Exposition out) {
        MemoryUsage heap = ManagementFactory.getMemoryMXBean().getHeapMemoryUsage();
        out.family(Metric.HEAP_USED_BYTES).sample(heap.getUsed());
        out.family(Metric.HEAP_COMMITTED_BYTES).sample(heap.getCommitted());
        out.family(Metric.HEAP_MAX_BYTES).sample(heap.getMax());
        out.family(Metric.DIRECT_MEMORY_USED_BYTES)
                .sample(Math.max(0, PlatformDependent.usedDirectMemory()), "owner", "netty")
                .sample(javaBuffers(), "owner", "java");
        out.family(Metric.DIRECT_MEMORY_PINNED_BYTES).sample(Math.max(0, PooledByteBufAllocator.DEFAULT.pinnedDirectMemory()));
        out.family(Metric.DIRECT_MEMORY_LIMIT_BYTES).sample(PlatformDependent.maxDirectMemory());
        List<GarbageCollectorMXBean> collectors = ManagementFactory.getGarbageCollectorMXBeans();
        out.family(Metric.GC_COLLECTIONS_TOTAL);
        for (GarbageCollectorMXBean collector : collectors) {
            out.sample(Math.max(0, collector.getCollectionCount()), "gc", collector.getName());
        }
        out.family(Metric.GC_SECONDS_TOTAL);
        for (GarbageCollectorMXBean collector : collectors) {
            out.seconds(Math.max(0, collector.getCollectionTime()) * 1_000_000, "gc", collector.getName());
        }
        out.family(Metric.THREADS).sample(ManagementFactory.getThreadMXBean().getThreadCount());
        Map<String, Long> status = ProcessMemory.status();
        Long resident = status.get("VmRSS");
        Long virtual = status.get("VmSize");
        if (resident != null && virtual != null) {
            out.family(Metric.PROCESS_RESIDENT_MEMORY_BYTES).sample(resident);
            out.family(Metric.PROCESS_VIRTUAL_MEMORY_BYTES).sample(virtual);
        }
        if (ManagementFactory.getOperatingSystemMXBean() instanceof UnixOperatingSystemMXBean system) {
            out.family(Metric.PROCESS_CPU_SECONDS_TOTAL).seconds(Math.max(0, system.getProcessCpuTime()));
            out.family(Metric.PROCESS_OPEN_FDS).sample(system.getOpenFileDescriptorCount());
            out.family(Metric.PROCESS_MAX_FDS).sample(system.getMaxFileDescriptorCount());
        }
        out.family(Metric.PROCESS_START_TIME_SECONDS).seconds(ManagementFactory.getRuntimeMXBean().getStartTime() * 1_000_000);
    }

    static long javaBuffers() {
        long used = 0;
        for (BufferPoolMXBean pool : ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class)) {
            if (pool.getName().equals("direct")) {
                used += pool.getMemoryUsed();
            }
        }
        return used;
    }
}
