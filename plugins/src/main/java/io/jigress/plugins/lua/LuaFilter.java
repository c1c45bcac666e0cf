package io.jigress.plugins.lua;

import io.jigress.api.Body;
import io.jigress.api.Exchange;
import io.jigress.api.ExchangeKey;
import io.jigress.api.FilterDecision;
import io.jigress.api.FilterInterest;
import io.jigress.api.Headers;
import io.jigress.api.HttpFilter;
import io.jigress.api.LocalReply;
import io.jigress.api.Services;
import io.jigress.plugins.lua.LuaScript.Phase;
import io.jigress.plugins.lua.vm.LimitExceeded;
import io.jigress.plugins.lua.vm.LuaError;
import io.jigress.plugins.lua.vm.LuaFunction;
import io.jigress.plugins.lua.vm.Values;
import java.util.EnumSet;
import java.util.Objects;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.event.Level;

/// Runs a script for the requests of one event loop.
final class LuaFilter implements HttpFilter {
    private final ExchangeKey<LuaExchange> key = new ExchangeKey<>("lua");
    private final LuaPlugin plugin;
    private final Services services;
    private final Services.Counter errors;
    private final Services.Counter stopped;
    private final Services.Counter skipped;
    private final Services.Counter refused;
    private final Services.Counter quarantines;
    private @Nullable World world;

    LuaFilter(LuaPlugin plugin, Services services) {
        this.plugin = plugin;
        this.services = services;
        errors = services.counter("errors", "Errors of scripts");
        stopped = services.counter("stopped", "Scripts stopped at a limit of instructions, time or memory");
        skipped = services.counter("skipped", "Requests that passed without a failed script (FAIL_OPEN)");
        refused = services.counter("refused", "Requests that were answered because the script failed (FAIL_CLOSE)");
        quarantines = services.counter("quarantines", "Times that a script was taken out of service after repeated failures");
        world = load();
    }

    @Override
    public Set<FilterInterest> interests() {
        EnumSet<FilterInterest> interests = EnumSet.of(FilterInterest.REQUEST_HEAD, FilterInterest.COMPLETION);
        LuaScript script = plugin.script;
        boolean envoy = !script.main().isEmpty();
        boolean responses = envoy ? script.mentions("envoy_on_response") : script.blocks().containsKey(Phase.HEADER_FILTER);
        if (envoy && (script.mentions("body") || script.mentions("bodyChunks")) || script.mentions("read_body")) {
            interests.add(FilterInterest.CHANGE_REQUEST_BODY);
        }
        if (envoy && script.mentions("trailers")) {
            interests.add(FilterInterest.CHANGE_REQUEST_BODY);
            interests.add(FilterInterest.REQUEST_TRAILERS);
        }
        if (responses) {
            interests.add(FilterInterest.RESPONSE_HEAD);
            if (envoy && interests.contains(FilterInterest.CHANGE_REQUEST_BODY)) {
                interests.add(FilterInterest.CHANGE_RESPONSE_BODY);
            }
            if (interests.contains(FilterInterest.REQUEST_TRAILERS)) {
                interests.add(FilterInterest.RESPONSE_TRAILERS);
            }
        }
        if (script.blocks().containsKey(Phase.BODY_FILTER)) {
            interests.add(FilterInterest.RESPONSE_HEAD);
            interests.add(FilterInterest.CHANGE_RESPONSE_BODY);
        }
        return interests;
    }

    private @Nullable World load() {
        try {
            World loaded = new World(plugin, services);
            loaded.exchangeFilter(this);
            return loaded;
        } catch (LuaError | LimitExceeded e) {
            failed(null, e);
            return null;
        }
    }

    /// The state for a new request; null when the script is in quarantine or cannot be loaded.
    private @Nullable World world() {
        if (plugin.quarantine.isSuspect() && !plugin.quarantine.allows(services.nanoTime())) {
            return null;
        }
        World now = world;
        if (now == null || now.isStale()) {
            now = load();
            world = now;
        }
        return now;
    }

    // ---- failures

    /// Runs a step of the script for an exchange; a failure gets the fail mode.
    FilterDecision guarded(LuaExchange exchange, Supplier<FilterDecision> step) {
        try {
            return step.get();
        } catch (LuaError | LimitExceeded e) {
            exchange.abandon();
            failed(exchange, e);
            return failMode();
        }
    }

    private FilterDecision failMode() {
        if (plugin.config.failOpen()) {
            skipped.add(1);
            return FilterDecision.SKIP_BODY;
        }
        refused.add(1);
        return new FilterDecision.Reply(LocalReply.error(500, "A plugin failed.", "lua_error"));
    }

    private FilterDecision quarantined() {
        if (plugin.config.failOpen()) {
            skipped.add(1);
            return FilterDecision.SKIP_BODY;
        }
        refused.add(1);
        return new FilterDecision.Reply(LocalReply.error(503, "A plugin is out of service.", "lua_quarantined"));
    }

    void failed(@Nullable LuaExchange exchange, RuntimeException e) {
        String why = Values.text(String.valueOf(e.getMessage()));
        if (e instanceof LimitExceeded limit) {
            stopped.add(1);
            if (limit.kind() == LimitExceeded.Kind.MEMORY && exchange != null) {
                exchange.world.retire();
            }
        } else {
            errors.add(1);
        }
        String trace = e instanceof LuaError error && error.traceback().contains(", ")
                ? " (called: " + error.traceback() + ")"
                : "";
        ScriptLog log = world == null ? new ScriptLog(plugin.config.name(), services) : world.log;
        log.write(Level.WARN, "script failed: " + why + trace);
        if (plugin.failed(services.nanoTime(), why)) {
            quarantines.add(1);
        }
    }

    // ---- callbacks

    @Override
    public FilterDecision onRequestHead(Exchange exchange) {
        World now = world();
        if (now == null) {
            return quarantined();
        }
        LuaExchange mine = new LuaExchange(now, exchange);
        exchange.put(key, mine);
        now.state.hold(mine);
        return guarded(mine, () -> {
            if (plugin.script.main().isEmpty()) {
                return now.ngx.request(mine);
            }
            LuaFunction function = now.onRequest();
            if (function == null) {
                return FilterDecision.SKIP_BODY;
            }
            mine.request.add(() -> function);
            return mine.request.begin(now.envoy.handle(mine.request));
        });
    }

    @Override
    public FilterDecision onRequestBody(Exchange exchange, Body body) {
        LuaExchange mine = exchange.get(key);
        return mine == null ? FilterDecision.SKIP_BODY : guarded(mine, () -> mine.request.onBody(body));
    }

    @Override
    public FilterDecision onRequestTrailers(Exchange exchange, Headers trailers) {
        LuaExchange mine = exchange.get(key);
        return mine == null ? FilterDecision.CONTINUE : guarded(mine, () -> mine.request.onTrailers(trailers));
    }

    @Override
    public FilterDecision onResponseHead(Exchange exchange) {
        LuaExchange mine = exchange.get(key);
        if (mine == null) {
            return FilterDecision.SKIP_BODY;
        }
        return guarded(mine, () -> {
            mine.request.noTrailers();
            if (plugin.script.main().isEmpty()) {
                return mine.world.ngx.response(mine);
            }
            LuaFunction function = mine.world.onResponse();
            if (function == null) {
                return FilterDecision.SKIP_BODY;
            }
            mine.response().add(() -> function);
            return mine.response().begin(mine.world.envoy.handle(mine.response()));
        });
    }

    @Override
    public FilterDecision onResponseBody(Exchange exchange, Body body) {
        LuaExchange mine = exchange.get(key);
        if (mine == null) {
            return FilterDecision.SKIP_BODY;
        }
        return guarded(mine, () -> plugin.script.main().isEmpty()
                ? mine.world.ngx.responseBody(mine, body)
                : mine.response().onBody(body));
    }

    @Override
    public FilterDecision onResponseTrailers(Exchange exchange, Headers trailers) {
        LuaExchange mine = exchange.get(key);
        return mine == null ? FilterDecision.CONTINUE : guarded(mine, () -> mine.response().onTrailers(trailers));
    }

    @Override
    public void onComplete(Exchange exchange) {
        LuaExchange mine = exchange.get(key);
        if (mine == null) {
            return;
        }
        try {
            mine.noTrailers();
            mine.world.ngx.log(mine);
            if (!mine.hasFailed && plugin.quarantine.isSuspect()) {
                plugin.quarantine.succeeded();
            }
        } catch (LuaError | LimitExceeded e) {
            failed(mine, e);
        } finally {
            mine.end();
        }
    }

    @Override
    public void close() {
        World now = world;
        if (now != null) {
            now.ngx.close();
        }
    }

    @Override
    public String toString() {
        return "lua " + Objects.toString(plugin.config.name());
    }
}
