package io.jigress.plugins.wasm;

import io.jigress.api.Body;
import io.jigress.api.Exchange;
import io.jigress.api.FilterDecision;
import io.jigress.api.FilterInterest;
import io.jigress.api.Headers;
import io.jigress.api.HttpFilter;
import io.jigress.api.LocalReply;
import io.jigress.api.Resumption;
import io.jigress.api.Services;
import io.jigress.plugins.wasm.abi.ExchangeState;
import io.jigress.plugins.wasm.abi.HttpContext;
import io.jigress.plugins.wasm.abi.Vm;
import io.jigress.plugins.wasm.vm.Trap;
import io.jigress.plugins.wasm.vm.WasmCode;
import java.time.Duration;
import java.util.EnumSet;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;

/// The plugin on one event loop: its instance, and the contexts of its exchanges. A trapped instance is replaced by a new one, which is started on
/// another thread; requests wait for it.
final class WasmFilter implements HttpFilter {
    private static final Duration START = Duration.ofSeconds(10);

    private final WasmPlugin plugin;
    private final Services services;
    private final boolean failOpen;
    private final Services.Counter failures;
    private final Services.Counter quarantined;
    private final Services.Counter refused;
    private final Services.Counter expired;
    private final Services.Gauge memory;
    private @Nullable Vm vm;
    private @Nullable CompletableFuture<@Nullable Vm> starting;

    WasmFilter(WasmPlugin plugin, Services services) {
        this.plugin = plugin;
        this.services = services;
        failOpen = plugin.config().facts().failOpen();
        failures = services.counter("failures", "Instances of Wasm plugins that trapped or ran too long");
        quarantined = services.counter("quarantines", "Times that a Wasm plugin was put in quarantine");
        refused = services.counter("requests_without_plugin",
                "Requests that a Wasm plugin did not see because it was not working");
        expired = services.counter("pauses_expired", "Requests and responses that a Wasm plugin paused for too long");
        memory = services.gauge("memory_bytes", "Memory of the instances of Wasm plugins");
        Vm first = plugin.spare();
        if (first != null) {
            use(first);
        }
    }

    @Override
    public Set<FilterInterest> interests() {
        Set<FilterInterest> interests = EnumSet.of(FilterInterest.REQUEST_HEAD, FilterInterest.COMPLETION);
        WasmCode code = plugin.code();
        add(interests, code, "proxy_on_request_body", FilterInterest.CHANGE_REQUEST_BODY);
        add(interests, code, "proxy_on_request_trailers", FilterInterest.REQUEST_TRAILERS);
        add(interests, code, "proxy_on_response_headers", FilterInterest.RESPONSE_HEAD);
        add(interests, code, "proxy_on_response_body", FilterInterest.CHANGE_RESPONSE_BODY);
        add(interests, code, "proxy_on_response_trailers", FilterInterest.RESPONSE_TRAILERS);
        // An answer that the plugin gives late, after its request has been sent, replaces the response.
        interests.add(FilterInterest.RESPONSE_HEAD);
        if (interests.contains(FilterInterest.REQUEST_TRAILERS)) {
            interests.add(FilterInterest.CHANGE_REQUEST_BODY);
        }
        if (interests.contains(FilterInterest.RESPONSE_TRAILERS)) {
            interests.add(FilterInterest.CHANGE_RESPONSE_BODY);
        }
        return interests;
    }

    /// Without code, the plugin may turn out to have any function.
    private static void add(Set<FilterInterest> interests, @Nullable WasmCode code, String function, FilterInterest interest) {
        if (code == null || code.exports(function)) {
            interests.add(interest);
        }
    }

    private void use(Vm next) {
        starting = null;
        vm = next;
        next.attach(services, trap -> trapped(next, trap), () -> expired.add(1));
        memory.set(next.memoryBytes());
    }

    private void trapped(Vm failed, Trap trap) {
        failures.add(1);
        failed.close();
        if (vm == failed) {
            vm = null;
            memory.set(0);
        }
        if (plugin.failed(trap, services.nanoTime())) {
            quarantined.add(1);
        } else if (vm == null && plugin.quarantine().reason() == null) {
            start();
        }
    }

    private CompletableFuture<@Nullable Vm> start() {
        CompletableFuture<@Nullable Vm> future = starting;
        if (future == null) {
            future = plugin.startLater();
            starting = future;
        }
        return future;
    }

    // ---- callbacks

    @Override
    public FilterDecision onRequestHead(Exchange exchange) {
        Vm now = vm;
        if (now != null) {
            return begin(now, exchange);
        }
        if (!plugin.quarantine().allows(services.nanoTime())) {
            return withoutPlugin();
        }
        Vm ready = ready();
        return ready == null ? waitForStart(exchange) : begin(ready, exchange);
    }

    /// An instance that was started already, if there is one.
    private @Nullable Vm ready() {
        CompletableFuture<@Nullable Vm> future = starting;
        Vm next = future != null && future.state() == Future.State.SUCCESS ? future.resultNow() : plugin.spare();
        if (next != null) {
            use(next);
        }
        return next;
    }

    private FilterDecision waitForStart(Exchange exchange) {
        CompletableFuture<@Nullable Vm> future = start();
        Resumption resumption = exchange.suspend(START, withoutPlugin());
        future.whenComplete((started, _) -> resumption.resume((current, _, _) -> {
            Vm now = vm;
            if (now == null && starting == future) {
                starting = null;
                if (started != null) {
                    use(started);
                    now = started;
                }
            }
            return now == null ? withoutPlugin() : begin(now, current);
        }));
        return new FilterDecision.Wait(resumption);
    }

    private FilterDecision begin(Vm now, Exchange exchange) {
        HttpContext context;
        try {
            context = now.open(exchange, this);
        } catch (Trap _) {
            return failOpen ? FilterDecision.SKIP_BODY : new FilterDecision.Reply(LocalReply.of(500, "wasm_failed"));
        }
        return context.requestHead(exchange);
    }

    /// What a request gets when the plugin is not working.
    private FilterDecision withoutPlugin() {
        refused.add(1);
        return failOpen ? FilterDecision.SKIP_BODY : new FilterDecision.Reply(LocalReply.of(503, "wasm_not_working"));
    }

    @Override
    public FilterDecision onRequestBody(Exchange exchange, Body body) {
        HttpContext context = ExchangeState.context(exchange, this);
        return context == null ? FilterDecision.SKIP_BODY : context.requestBody(exchange, body);
    }

    @Override
    public FilterDecision onRequestTrailers(Exchange exchange, Headers trailers) {
        HttpContext context = ExchangeState.context(exchange, this);
        return context == null ? FilterDecision.CONTINUE : context.requestTrailers(exchange, trailers);
    }

    @Override
    public FilterDecision onResponseHead(Exchange exchange) {
        HttpContext context = ExchangeState.context(exchange, this);
        return context == null ? FilterDecision.SKIP_BODY : context.responseHead(exchange);
    }

    @Override
    public FilterDecision onResponseBody(Exchange exchange, Body body) {
        HttpContext context = ExchangeState.context(exchange, this);
        return context == null ? FilterDecision.SKIP_BODY : context.responseBody(exchange, body);
    }

    @Override
    public FilterDecision onResponseTrailers(Exchange exchange, Headers trailers) {
        HttpContext context = ExchangeState.context(exchange, this);
        return context == null ? FilterDecision.CONTINUE : context.responseTrailers(exchange, trailers);
    }

    @Override
    public void onComplete(Exchange exchange) {
        HttpContext context = ExchangeState.context(exchange, this);
        if (context != null) {
            context.complete();
            if (!context.hasFailed()) {
                plugin.quarantine().succeeded();
            }
            Vm now = vm;
            if (now != null) {
                memory.set(now.memoryBytes());
            }
        }
    }

    @Override
    public void close() {
        Vm now = vm;
        vm = null;
        if (now != null) {
            now.close();
        }
        CompletableFuture<@Nullable Vm> future = starting;
        starting = null;
        if (future != null) {
            future.thenAccept(started -> {
                if (started != null) {
                    started.close();
                }
            });
        }
    }
}
