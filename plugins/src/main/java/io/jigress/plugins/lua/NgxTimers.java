package io.jigress.plugins.lua;

import io.jigress.api.Services;
import io.jigress.plugins.lua.lib.Library;
import io.jigress.plugins.lua.vm.Call;
import io.jigress.plugins.lua.vm.LimitExceeded;
import io.jigress.plugins.lua.vm.LuaError;
import io.jigress.plugins.lua.vm.LuaFunction;
import io.jigress.plugins.lua.vm.LuaTable;
import io.jigress.plugins.lua.vm.MemoryHolder;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// `ngx.timer`: functions that run later, without a request.
final class NgxTimers {
    private static final int MOST = 256;
    private static final double SHORTEST = 0.001;

    private final World world;
    private final Set<Timer> timers = new HashSet<>();

    NgxTimers(World world) {
        this.world = world;
    }

    LuaTable table() {
        return Library.of(world.state).put("at", call -> schedule(call, false)).put("every", call -> schedule(call, true))
                .put("pending_count", call -> call.ret((double) timers.size()))
                .put("running_count", call -> call.ret((double) timers.stream().filter(timer -> timer.run != null).count()))
                .table();
    }

    private void schedule(Call call, boolean repeats) {
        double seconds = call.number(1);
        LuaFunction function = call.function(2);
        if (!(seconds >= 0) || repeats && seconds < SHORTEST) {
            throw call.bad(1, "a delay of " + (repeats ? "at least a millisecond" : "0 or more") + " expected");
        }
        if (timers.size() >= MOST) {
            call.fail("too many pending timers");
            return;
        }
        Timer timer = new Timer(function, call.from(3), Duration.ofMillis((long) Math.min(seconds * 1000, 1e12)), repeats);
        timers.add(timer);
        world.state.hold(timer);
        timer.schedule();
        call.ret(true);
    }

    void close() {
        List.copyOf(timers).forEach(Timer::end);
    }

    /// A timer and the run of its function.
    private final class Timer extends Activity implements MemoryHolder {
        private final LuaFunction function;
        private final Object[] arguments;
        private final Duration delay;
        private final boolean repeats;
        private Services.@Nullable Cancellable timer;

        Timer(LuaFunction function, Object[] arguments, Duration delay, boolean repeats) {
            this.function = function;
            this.arguments = arguments;
            this.delay = delay;
            this.repeats = repeats;
        }

        void schedule() {
            timer = world.services.schedule(delay, this::fire);
        }

        private void fire() {
            if (run != null) {
                // The function is still running.
                schedule();
                return;
            }
            Object[] all = new Object[arguments.length + 1];
            all[0] = false;
            System.arraycopy(arguments, 0, all, 1, arguments.length);
            step(() -> world.start(this, function, all));
        }

        private void step(Supplier<Boolean> body) {
            boolean ended = true;
            try {
                ended = body.get();
                if (!ended && wait != Wait.RESULT) {
                    world.drop(this);
                    throw new LuaError("a timer cannot wait for a body");
                }
            } catch (LuaError | LimitExceeded e) {
                ended = true;
                world.drop(this);
                world.exchangeFilter().failed(null, e);
            }
            if (ended) {
                if (repeats) {
                    schedule();
                } else {
                    end();
                }
            }
        }

        @Override
        void goOn(Supplier<Object[]> values) {
            step(() -> {
                world.state.meter().start();
                return world.resume(this, values.get());
            });
        }

        void end() {
            timers.remove(this);
            world.state.release(this);
            world.drop(this);
            if (timer != null) {
                timer.cancel();
            }
        }

        @Override
        @Nullable LuaExchange exchange() {
            return null;
        }

        @Override
        public long bytes() {
            return 200;
        }

        @Override
        public void visit(Consumer<Object> values) {
            values.accept(function);
            for (Object argument : arguments) {
                values.accept(argument);
            }
        }
    }
}
