package io.jigress.app.cli;

import com.sun.management.HotSpotDiagnosticMXBean;
import com.sun.management.OperatingSystemMXBean;
import io.jigress.app.settings.CannotStart;
import io.jigress.app.settings.KnownSettings;
import io.jigress.app.settings.Setting.Machine;
import io.jigress.app.settings.Settings;
import java.lang.management.ManagementFactory;
import org.jspecify.annotations.Nullable;

/// Limits the memory of buffers outside the heap, for the whole process.
public final class DirectMemory {
    private static final String NETTY_LIMIT = "io.netty.maxDirectMemory";
    private static final String NETTY_CHUNK_ORDER = "io.netty.allocator.maxOrder";
    private static final long PAGE = 8192;
    private static final int LARGEST_CHUNK_ORDER = 9;
    private static final int SMALLEST_CHUNK_ORDER = 6;
    private static final int LEAST_CHUNKS = 64;
    /// Reserved for the JVM's own direct buffers. Netty must reach its own limit first: at the JVM's limit, each allocation starts a full
    /// collection and waits for it, on the event loop.
    private static final long JVM_SHARE = 16 << 20;

    private DirectMemory() {}

    /// The resources that this process may use.
    public static Machine machine() {
        return new Machine(Runtime.getRuntime().availableProcessors(), DirectMemory::ofMachine, DirectMemory::ofJvm);
    }

    /// Sets the limit. Netty reads it once, so this must be called before any of its classes is used.
    public static void limit(Settings settings, Machine machine) throws CannotStart {
        long wanted = settings.value(KnownSettings.MEMORY_DIRECT);
        long most = machine.directMemory().getAsLong();
        if (wanted > most) {
            throw new CannotStart(
                    "memory.direct: %s is more than this JVM allows (expected: at most %dMiB, or JIGRESS_JAVA_OPTS=-XX:MaxDirectMemorySize=%dm)"
                            .formatted(settings.text(KnownSettings.MEMORY_DIRECT), most >> 20, (wanted + JVM_SHARE) >> 20));
        }
        System.setProperty(NETTY_LIMIT, Long.toString(wanted));
        System.setProperty(NETTY_CHUNK_ORDER, Integer.toString(chunkOrder(wanted)));
    }

    /// Event loops do not share chunks, so the memory must consist of many: with 32 MiB and Netty's default chunks of 4 MiB, one loop could be
    /// without memory while another has free chunks.
    public static int chunkOrder(long memory) {
        int order = LARGEST_CHUNK_ORDER;
        while (order > SMALLEST_CHUNK_ORDER && (PAGE << order) * LEAST_CHUNKS > memory) {
            order--;
        }
        return order;
    }

    private static long ofMachine() {
        // Respects the limits of a container.
        return ManagementFactory.getOperatingSystemMXBean() instanceof OperatingSystemMXBean system
                ? system.getTotalMemorySize()
                : Runtime.getRuntime().maxMemory();
    }

    private static long ofJvm() {
        @Nullable HotSpotDiagnosticMXBean diagnostic = ManagementFactory.getPlatformMXBean(HotSpotDiagnosticMXBean.class);
        long limit = diagnostic == null ? 0 : Long.parseLong(diagnostic.getVMOption("MaxDirectMemorySize").getValue());
        return Math.max(0, (limit == 0 ? Runtime.getRuntime().maxMemory() : limit) - JVM_SHARE);
    }
}
