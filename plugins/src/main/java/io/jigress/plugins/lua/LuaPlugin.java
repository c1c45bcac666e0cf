package io.jigress.plugins.lua;

import io.jigress.api.HttpFilter;
import io.jigress.api.PreparedFilter;
import io.jigress.api.Services;
import io.jigress.plugins.Quarantine;
import io.jigress.plugins.lua.vm.LimitExceeded;
import io.jigress.plugins.lua.vm.LuaError;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongSupplier;

/// A script with what all event loops share: its code, its quarantine and its shared dictionaries.
final class LuaPlugin implements PreparedFilter {
    final LuaConfig config;
    final LuaScript script;
    final Quarantine quarantine;
    final LongSupplier processorTime;
    private final AtomicInteger epoch = new AtomicInteger();
    private final Map<String, SharedDict> dictionaries = new ConcurrentHashMap<>();

    LuaPlugin(LuaConfig config, LuaScript script, LongSupplier processorTime) {
        this.config = config;
        this.quarantine = new Quarantine(config.name(), Quarantine.FAILURES);
        this.script = script;
        this.processorTime = processorTime;
        config.shared().forEach((name, bytes) -> dictionaries.put(name, new SharedDict(bytes)));
    }

    /// Changes when the script is to run in a fresh state.
    int epoch() {
        return epoch.get();
    }

    /// The script has failed.
    ///
    /// @return whether it is in quarantine from now on
    boolean failed(long now, String why) {
        boolean entered = quarantine.failed(now, why);
        if (quarantine.reason() != null) {
            epoch.incrementAndGet();
        }
        return entered;
    }

    Map<String, SharedDict> dictionaries() {
        return dictionaries;
    }

    @Override
    public HttpFilter create(Services services) {
        quarantine.tell(services::problem);
        return new LuaFilter(this, services);
    }

    /// Runs the definitions of the script in a state of its own.
    ///
    /// @return whether it defines something that requests or responses run
    /// @throws LuaError      when they fail
    /// @throws LimitExceeded when they reach a limit
    boolean trial() {
        World world = new World(this, new TrialServices());
        return script.main().isEmpty() || world.onRequest() != null || world.onResponse() != null;
    }
}
