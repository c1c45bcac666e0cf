package io.jigress.plugins.lua;

import io.jigress.api.Services;
import io.jigress.plugins.lua.LuaScript.Phase;
import io.jigress.plugins.lua.lib.Library;
import io.jigress.plugins.lua.vm.LuaFunction;
import io.jigress.plugins.lua.vm.LuaState;
import io.jigress.plugins.lua.vm.LuaTable;
import io.jigress.plugins.lua.vm.LuaThread;
import io.jigress.plugins.lua.vm.Meter;
import io.jigress.plugins.lua.vm.Prototype;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// The state of a script on one event loop: its globals, and the request that it runs for.
final class World {
    final LuaPlugin plugin;
    final Services services;
    final LuaState state;
    final ScriptLog log;
    final EnvoyApi envoy;
    final NgxApi ngx;
    private final int epoch;
    private final @Nullable LuaFunction onRequest;
    private final @Nullable LuaFunction onResponse;
    private final LuaTable blockEnvironment;
    private @Nullable Activity current;
    private boolean retired;
    private @Nullable LuaFilter filter;

    /// @throws io.jigress.plugins.lua.vm.LuaError when the script cannot be loaded
    World(LuaPlugin plugin, Services services) {
        this.plugin = plugin;
        this.services = services;
        epoch = plugin.epoch();
        LuaLimits limits = plugin.config.limits();
        state = new LuaState(new Meter(limits.instructions(), limits.run().toNanos(), limits.memory(), plugin.processorTime));
        log = new ScriptLog(plugin.config.name(), services);
        Library.install(state, services::now, services.nanoTime(), log::info);
        HttpCalls calls = new HttpCalls(this);
        envoy = new EnvoyApi(this, calls);
        ngx = new NgxApi(this, calls);
        ngx.install();
        blockEnvironment = state.table();
        blockEnvironment.put("__index", state.globals());
        for (Prototype main : plugin.script.main()) {
            state.call(state.load(main, state.globals()));
        }
        for (Phase phase : new Phase[] {Phase.INIT, Phase.INIT_WORKER}) {
            Prototype block = plugin.script.blocks().get(phase);
            if (block != null) {
                ngx.phase(phase);
                state.call(state.load(block, state.globals()));
            }
        }
        onRequest = function("envoy_on_request");
        onResponse = function("envoy_on_response");
    }

    void exchangeFilter(LuaFilter owner) {
        filter = owner;
    }

    /// The filter that handles failures.
    LuaFilter exchangeFilter() {
        return Objects.requireNonNull(filter, "a state that is only checked");
    }

    private @Nullable LuaFunction function(String name) {
        return state.globals().get(name) instanceof LuaFunction function ? function : null;
    }

    @Nullable LuaFunction onRequest() {
        return onRequest;
    }

    @Nullable LuaFunction onResponse() {
        return onResponse;
    }

    /// Whether new requests need another state.
    boolean isStale() { return retired || plugin.epoch() != epoch; }

    /// New requests get another state.
    void retire() {
        retired = true;
    }

    /// A block as a function with globals of its own, as in OpenResty.
    @Nullable LuaFunction block(Phase phase) {
        Prototype prototype = plugin.script.blocks().get(phase);
        if (prototype == null) {
            return null;
        }
        LuaTable environment = state.table();
        environment.metatable(blockEnvironment);
        return state.load(prototype, environment);
    }

    // ---- runs

    /// Starts a run for an activity.
    ///
    /// @return whether it has ended
    boolean start(Activity activity, LuaFunction function, Object... arguments) {
        LuaThread thread = state.run(function);
        activity.run = thread;
        activity.wait = Activity.Wait.NONE;
        return within(activity, thread, () -> state.start(thread, arguments));
    }

    boolean resume(Activity activity, Object... values) {
        LuaThread thread = Objects.requireNonNull(activity.run);
        state.release(thread);
        activity.wait = Activity.Wait.NONE;
        return within(activity, thread, () -> state.resume(thread, values));
    }

    boolean resumeWithError(Activity activity, String message) {
        LuaThread thread = Objects.requireNonNull(activity.run);
        state.release(thread);
        activity.wait = Activity.Wait.NONE;
        return within(activity, thread, () -> state.resumeWithError(thread, message));
    }

    /// Runs a function that cannot wait.
    Object[] call(Activity activity, LuaFunction function, Object... arguments) {
        Activity before = current;
        current = activity;
        try {
            return state.call(function, arguments);
        } finally {
            current = before;
        }
    }

    private interface Step {
        Object @Nullable [] run();
    }

    private boolean within(Activity activity, LuaThread thread, Step step) {
        Activity before = current;
        current = activity;
        try {
            boolean ended = step.run() != null;
            if (ended) {
                activity.run = null;
                state.ended(thread);
            } else if (activity.wait == Activity.Wait.END) {
                activity.run = null;
            } else {
                state.hold(Objects.requireNonNull(activity.run));
            }
            return ended || activity.run == null;
        } finally {
            current = before;
        }
    }

    /// Forgets the run of an activity.
    void drop(Activity activity) {
        if (activity.run != null) {
            state.release(activity.run);
        }
        activity.cancel();
    }

    /// The activity whose run executes now.
    Activity current() {
        if (current == null) {
            throw new IllegalStateException("not possible while the script is loaded");
        }
        return current;
    }

    @Nullable Activity currentOrNull() {
        return current;
    }

    /// The request that the run is for.
    LuaExchange exchange() {
        LuaExchange exchange = current == null ? null : current.exchange();
        if (exchange == null) {
            throw new IllegalStateException("there is no request here (a timer, or while the script is loaded)");
        }
        return exchange;
    }

    /// The cluster of a backend.
    ///
    /// @throws IllegalArgumentException when the plugin has no such backend
    String cluster(String backend) {
        String cluster = plugin.config.backends().get(backend);
        if (cluster == null) {
            throw new IllegalArgumentException("the plugin has no backend \"" + backend + "\" (expected: a name under backends: "
                    + (plugin.config.backends().isEmpty()
                            ? "there are none"
                            : String.join(", ",
                                    plugin.config.backends().keySet().stream().sorted().toList()))
                    + ")");
        }
        return cluster;
    }

}
