package io.jigress.plugins.wasm.abi;

import io.jigress.api.Services;
import io.jigress.plugins.wasm.vm.Trap;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The queues that an instance has registered: it is told of new messages (`proxy_on_queue_ready`). Other threads add messages, so the instance looks
/// for them at intervals.
final class VmQueues {
    private static final Duration INTERVAL = Duration.ofMillis(10);

    private final Vm vm;
    /// How many messages each queue had when the instance was last told.
    private final Map<SharedStores.Queue, Long> registered = new LinkedHashMap<>();
    private Services.@Nullable Cancellable timer;

    VmQueues(Vm vm) {
        this.vm = vm;
    }

    void register(SharedStores.Queue queue) {
        if (registered.putIfAbsent(queue, queue.isEmpty() ? queue.added() : queue.added() - 1) == null && timer == null) {
            vm.onLoop(this::arm);
        }
    }

    private void arm() {
        if (timer == null) {
            timer = vm.services().schedule(INTERVAL, this::look);
        }
    }

    private void look() {
        timer = null;
        try {
            for (Map.Entry<SharedStores.Queue, Long> entry : registered.entrySet()) {
                long added = entry.getKey().added();
                if (added != entry.getValue()) {
                    entry.setValue(added);
                    vm.callIf(null, vm.exports().queueReady, Vm.ROOT, entry.getKey().token());
                }
            }
        } catch (Trap _) {
            return;
        }
        if (vm.trap() == null) {
            arm();
        }
    }

    void close() {
        if (timer != null) {
            timer.cancel();
            timer = null;
        }
    }
}
