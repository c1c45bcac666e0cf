package io.jigress.proxy.telemetry;

import com.sun.management.UnixOperatingSystemMXBean;
import io.jigress.api.Json;
import io.netty.buffer.PoolArenaMetric;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.buffer.PooledByteBufAllocatorMetric;
import io.netty.util.internal.PlatformDependent;
import java.io.IOException;
import java.lang.management.GarbageCollectorMXBean;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryPoolMXBean;
import java.lang.management.MemoryUsage;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/// The memory of the process as a whole, for `/memory`. Any thread.
public final class ProcessMemory {
    private static final Path STATUS = Path.of("/proc/self/status");

    private ProcessMemory() {}

    public static Json process() {
        Json.Builder process = Json.object();
        // Known on Linux; left out elsewhere.
        Map<String, Long> status = status();
        Long resident = status.get("VmRSS");
        Long peak = status.get("VmHWM");
        if (resident != null && peak != null) {
            process.put("residentBytes", resident).put("peakResidentBytes", peak);
        }
        process.put("threads", ManagementFactory.getThreadMXBean().getThreadCount());
        if (ManagementFactory.getOperatingSystemMXBean() instanceof UnixOperatingSystemMXBean system) {
            process.put("openFiles", system.getOpenFileDescriptorCount()).put("maxOpenFiles", system.getMaxFileDescriptorCount());
        }
        return process.build();
    }

    public static Json heap() {
        MemoryUsage heap = ManagementFactory.getMemoryMXBean().getHeapMemoryUsage();
        List<Json> collectors = new ArrayList<>();
        for (GarbageCollectorMXBean collector : ManagementFactory.getGarbageCollectorMXBeans()) {
            collectors.add(Json.object().put("name", collector.getName()).put("collections", collector.getCollectionCount())
                    .put("millis", collector.getCollectionTime()).build());
        }
        return Json.object().put("usedBytes", heap.getUsed()).put("committedBytes", heap.getCommitted())
                .put("maxBytes", heap.getMax()).put("collectors", Json.array(collectors)).build();
    }

    /// Classes, and the machine code compiled from them.
    public static Json code() {
        return Json.object().put("metaspaceBytes", committed(name -> name.equals("Metaspace")))
                .put("codeCacheBytes", committed(name -> name.startsWith("Code"))).build();
    }

    private static long committed(Predicate<String> pools) {
        return ManagementFactory.getMemoryPoolMXBeans().stream().filter(pool -> pools.test(pool.getName()))
                .map(MemoryPoolMXBean::getUsage).mapToLong(MemoryUsage::getCommitted).sum();
    }

    /// Buffers outside the heap: what Netty has allocated, its limit, and how its arenas use it.
    public static Json direct() {
        PooledByteBufAllocator allocator = PooledByteBufAllocator.DEFAULT;
        PooledByteBufAllocatorMetric metric = allocator.metric();
        List<PoolArenaMetric> arenas = metric.directArenas();
        return Json.object().put("usedBytes", Math.max(0, PlatformDependent.usedDirectMemory()))
                .put("limitBytes", PlatformDependent.maxDirectMemory())
                .put("javaBytes", ProcessGauges.javaBuffers())
                .put("arenas", Json.object().put("count", arenas.size())
                        .put("chunkBytes", metric.chunkSize())
                        .put("reservedBytes", Math.max(0, metric.usedDirectMemory()))
                        .put("activeBytes", arenas.stream().mapToLong(PoolArenaMetric::numActiveBytes).sum())
                        .put("pinnedBytes", Math.max(0, allocator.pinnedDirectMemory())).build())
                .build();
    }

    /// The sizes of `/proc/self/status`, in bytes; empty where there is none.
    static Map<String, Long> status() {
        try {
            return Files.readAllLines(STATUS).stream().map(line -> line.split("\\s+"))
                    .filter(words -> words.length == 3 && words[2].equals("kB"))
                    .collect(Collectors.toMap(words -> words[0].replace(":", ""), words -> Long.parseLong(words[1]) << 10));
        } catch (IOException _) {
            return Map.of();
        }
    }
}
