package io.jigress.plugins.wasm.abi;

import io.jigress.api.Services;
import io.jigress.plugins.wasm.vm.Trap;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/// The ticks of an instance: `proxy_on_tick` of its root context.
final class VmTimer {
    private final Vm vm;
    private Services.@Nullable Cancellable timer;
    private long millis;

    VmTimer(Vm vm) {
        this.vm = vm;
    }

    /// @param period in milliseconds; 0 ends the ticks
    void period(long period) {
        millis = period;
        stop();
        if (period > 0 && vm.isAttached()) {
            arm();
        } else if (period > 0) {
            vm.onLoop(() -> {
                if (millis > 0 && timer == null) {
                    arm();
                }
            });
        }
    }

    private void arm() {
        timer = vm.services().schedule(Duration.ofMillis(millis), this::tick);
    }

    private void tick() {
        timer = null;
        try {
            vm.callIf(null, vm.exports().tick, Vm.ROOT);
        } catch (Trap _) {
            return;
        }
        if (millis > 0 && timer == null && vm.trap() == null) {
            arm();
        }
    }

    void stop() {
        if (timer != null) {
            timer.cancel();
            timer = null;
        }
    }
}
