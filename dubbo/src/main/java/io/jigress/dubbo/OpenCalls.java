package io.jigress.dubbo;

import io.jigress.api.UpstreamChannel;
import io.jigress.dubbo.DubboProtocol.Limits;
import io.jigress.dubbo.mapping.CompiledService;
import io.jigress.dubbo.mapping.HttpCall;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/// The calls of one connection by number, with what they share: the channel, limits, the mapping, and their timeouts.
final class OpenCalls<C extends MappedCall> {
    /// The least interval between two checks for late calls.
    private static final long LEAST_WATCH_NANOS = Duration.ofMillis(10).toNanos();

    private final UpstreamChannel channel;
    private final Limits limits;
    private final AtomicReference<@Nullable CompiledService> service;
    private final Map<Long, C> calls = new HashMap<>();
    private boolean changed;
    /// Whether a check for late calls is scheduled.
    private boolean watching;

    OpenCalls(UpstreamChannel channel, Limits limits, AtomicReference<@Nullable CompiledService> service) {
        this.channel = channel;
        this.limits = limits;
        this.service = service;
    }

    UpstreamChannel channel() {
        return channel;
    }

    Limits limits() {
        return limits;
    }

    /// The mapping as it is now; null while there is none.
    @Nullable CompiledService service() {
        return service.get();
    }

    int size() {
        return calls.size();
    }

    List<C> all() {
        return List.copyOf(calls.values());
    }

    @Nullable C find(long number) {
        return calls.get(number);
    }

    void add(C call) {
        calls.put(call.number(), call);
    }

    boolean has(MappedCall call) {
        return calls.get(call.number()) == call;
    }

    /// False when the call had ended already.
    boolean remove(MappedCall call) {
        return calls.remove(call.number(), call);
    }

    // ---- changes

    /// A call has ended, or the connection takes more or fewer calls; told to the channel by [#tellChanges].
    void changed() {
        changed = true;
    }

    void tellChanges() {
        if (changed) {
            changed = false;
            channel.changed();
        }
    }

    // ---- timeouts

    /// Ends a call that has not been answered within this time. All calls are checked in one task, since a timer for each would take more time
    /// than the call.
    void time(MappedCall call, Duration timeout) {
        call.expires(channel.nanoTime() + timeout.toNanos());
        watch(timeout.toNanos());
    }

    private void watch(long nanos) {
        if (!watching) {
            watching = true;
            channel.schedule(Duration.ofNanos(Math.max(nanos, LEAST_WATCH_NANOS)), this::endLate);
        }
    }

    private void endLate() {
        watching = false;
        long now = channel.nanoTime();
        long next = Long.MAX_VALUE;
        List<MappedCall> late = new ArrayList<>();
        for (MappedCall call : calls.values()) {
            long left = call.nanosLeft(now);
            if (left <= 0) {
                late.add(call);
            } else {
                next = Math.min(next, left);
            }
        }
        if (next != Long.MAX_VALUE) {
            watch(next);
        }
        late.forEach(call -> call.answer(HttpCall.late()));
        tellChanges();
    }
}
