package io.jigress.plugins.wasm.abi;

import io.jigress.api.Exchange;
import io.jigress.api.LocalReply;
import io.jigress.api.Services;
import io.jigress.plugins.wasm.vm.BadAddress;
import io.jigress.plugins.wasm.vm.Guest;
import io.jigress.plugins.load.CodeFault;
import io.jigress.plugins.wasm.vm.Trap;
import io.jigress.plugins.wasm.vm.WasmCode;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import run.endive.runtime.ExportFunction;

/// An instance of a plugin with its root context and its stream contexts. Started on any thread, then attached to an event loop and used there only.
public final class Vm implements AutoCloseable {
    static final int ROOT = 1;
    private static final Duration START = Duration.ofSeconds(20);
    private static final Duration DONE_LATER = Duration.ofSeconds(60);
    private static final int MAX_DEFERRED = 64;
    private static final long[] NO_ARGS = {};

    private final PluginFacts facts;
    private final VmEnvironment environment;
    private final Abi abi;
    private final Guest guest;
    private final VmExports exports;
    private final PluginLog log;
    private final VmMetrics metrics = new VmMetrics();
    private final VmCalls calls = new VmCalls(this);
    private final VmQueues queues = new VmQueues(this);
    private final VmTimer timer = new VmTimer(this);
    private final Map<Integer, HttpContext> contexts = new HashMap<>();
    private final ArrayDeque<Runnable> afterCall = new ArrayDeque<>();
    private final List<Runnable> untilAttached = new ArrayList<>();
    private @Nullable Services services;
    private @Nullable Consumer<Trap> owner;
    private @Nullable Runnable expiry;
    /// The context that host functions act on; null stands for the root context.
    private @Nullable HttpContext current;
    private int depth;
    private int nextContext = ROOT + 1;
    private @Nullable Trap failure;
    private boolean closed;

    private Vm(WasmCode code, PluginFacts facts, VmEnvironment environment) throws CodeFault {
        this.facts = facts;
        this.environment = environment;
        abi = Abi.of(code);
        log = new PluginLog(facts.name());
        guest = Guest.instantiate(code, (module, name) -> HostFunctions.find(this, module, name), facts.limits(), START,
                environment.watchdog());
        exports = new VmExports(code, guest);
    }

    /// Makes an instance and starts the plugin in it: slow, not for event loops.
    public static Vm start(WasmCode code, PluginFacts facts, VmEnvironment environment) throws CodeFault {
        Vm vm;
        try {
            vm = new Vm(code, facts, environment);
        } catch (Trap e) {
            throw new CodeFault("failed while it was instantiated: " + e.what());
        }
        try {
            vm.begin();
        } catch (Trap e) {
            vm.close();
            throw new CodeFault("failed in its start: " + e.what());
        } catch (CodeFault e) {
            vm.close();
            throw e;
        }
        return vm;
    }

    private void begin() throws CodeFault {
        if (exports.initialize != null) {
            call(null, exports.initialize, NO_ARGS);
        } else if (exports.start != null) {
            call(null, exports.start, NO_ARGS);
        }
        if (exports.allocate == null) {
            throw new CodeFault("does not export proxy_on_memory_allocate (or malloc)");
        }
        callIf(null, exports.contextCreate, ROOT, 0);
        if (exports.vmStart != null && call(null, exports.vmStart, ROOT, 0) == 0) {
            throw new CodeFault("refused to start (proxy_on_vm_start)" + log.lastError());
        }
        if (exports.configure != null && call(null, exports.configure, ROOT, configuration().length) == 0) {
            throw new CodeFault("refused its configuration (proxy_on_configure)" + log.lastError());
        }
        guest.started();
    }

    byte[] configuration() {
        return facts.configuration().getBytes(java.nio.charset.StandardCharsets.UTF_8);
    }

    /// Binds the instance to an event loop, where it is used from now on.
    ///
    /// @param failed is told of the trap that ends the instance, on the event loop
    /// @param expired is told of each pause that lasted too long
    public void attach(Services loop, Consumer<Trap> failed, Runnable expired) {
        services = loop;
        owner = failed;
        expiry = expired;
        metrics.attach(loop);
        untilAttached.forEach(Runnable::run);
        untilAttached.clear();
    }

    /// Runs an action that needs an event loop: now, or when there is one.
    boolean onLoop(Runnable action) {
        if (services != null) {
            action.run();
            return true;
        }
        return untilAttached.size() < MAX_DEFERRED && untilAttached.add(action);
    }

    boolean isAttached() { return services != null; }

    Services services() {
        return Objects.requireNonNull(services, "the instance is not attached to an event loop");
    }

    // ---- parts

    PluginFacts facts() {
        return facts;
    }

    VmEnvironment environment() {
        return environment;
    }

    Abi abi() {
        return abi;
    }

    Guest guest() {
        return guest;
    }

    VmExports exports() {
        return exports;
    }

    PluginLog log() {
        return log;
    }

    VmMetrics metrics() {
        return metrics;
    }

    VmCalls calls() {
        return calls;
    }

    VmQueues queues() {
        return queues;
    }

    VmTimer timer() {
        return timer;
    }

    boolean stopsHeadAlone() { return abi.stopsHeadAlone(); }

    boolean seesBody(boolean response) {
        return response
                ? exports.responseBody != null || exports.responseTrailers != null
                : exports.requestBody != null || exports.requestTrailers != null;
    }

    /// Memory that the instance has, in bytes.
    public long memoryBytes() {
        return guest.memoryBytes();
    }

    /// Why the instance must not be used any more; null while it works.
    public @Nullable Trap trap() {
        return failure;
    }

    /// What a request is answered with when the plugin has failed.
    LocalReply failure() {
        return LocalReply.of(500, "wasm_failed");
    }

    // ---- contexts

    /// Makes the context of an exchange.
    ///
    /// @param filter by which [ExchangeState#context] finds it
    /// @throws Trap when the plugin fails
    public HttpContext open(Exchange exchange, Object filter) {
        HttpContext context = new HttpContext(this, nextContext++, exchange);
        ExchangeState.of(exchange).context(filter, context);
        contexts.put(context.id(), context);
        callIf(context, exports.contextCreate, context.id(), ROOT);
        return context;
    }

    /// Stream contexts that exist now.
    public int contexts() {
        return contexts.size();
    }

    @Nullable HttpContext current() {
        return current;
    }

    /// Host functions of the running call act on this context from now on.
    boolean effective(int id) {
        if (id == ROOT) {
            current = null;
            return true;
        }
        HttpContext found = contexts.get(id);
        if (found == null) {
            return false;
        }
        current = found;
        return true;
    }

    long headers(HttpContext context, boolean response, boolean end) {
        ExportFunction function = response ? exports.responseHeaders : exports.requestHeaders;
        HeaderMap map = HeaderFunctions.map(this, context, response ? HeaderFunctions.RESPONSE : HeaderFunctions.REQUEST);
        if (function == null || map == null) {
            return 0;
        }
        boolean old = response ? exports.oldResponseHeaders : exports.oldRequestHeaders;
        return old
                ? call(context, function, context.id(), map.size())
                : call(context, function, context.id(), map.size(), end ? 1 : 0);
    }

    long body(HttpContext context, boolean response, int size, boolean end) {
        return callIf(context, response ? exports.responseBody : exports.requestBody, context.id(), size, end ? 1 : 0);
    }

    long trailers(HttpContext context, boolean response, int size) {
        return callIf(context, response ? exports.responseTrailers : exports.requestTrailers, context.id(), size);
    }

    void complete(HttpContext context) {
        if (!contexts.containsKey(context.id())) {
            return;
        }
        callIf(context, exports.log, context.id());
        if (exports.done == null || call(context, exports.done, context.id()) != 0) {
            delete(context);
        } else {
            // The plugin says when it is done; it has a minute.
            services().schedule(DONE_LATER, () -> deleteLate(context));
        }
    }

    private void deleteLate(HttpContext context) {
        try {
            delete(context);
        } catch (Trap _) {
            // The owner was told.
        }
    }

    /// The plugin has said that it is done with a context for which it had asked for time.
    boolean done(@Nullable HttpContext context) {
        if (context == null || context.exchange() != null || !contexts.containsKey(context.id())) {
            return false;
        }
        afterCall(() -> deleteLate(context));
        return true;
    }

    private void delete(HttpContext context) {
        if (contexts.remove(context.id()) != null) {
            callIf(context, exports.delete, context.id());
        }
    }

    // ---- calls

    /// Calls a function of the plugin if it has it.
    long callIf(@Nullable HttpContext context, @Nullable ExportFunction function, long... args) {
        return function == null ? 0 : call(context, function, args);
    }

    /// Calls a function of the plugin.
    ///
    /// @throws Trap when it does not return; the instance is then over
    long call(@Nullable HttpContext context, ExportFunction function, long... args) {
        if (failure != null) {
            throw failure;
        }
        HttpContext before = current;
        current = context;
        depth++;
        try {
            return guest.call(function, args);
        } catch (Trap e) {
            fail(e);
            throw e;
        } finally {
            depth--;
            current = before;
            drain();
        }
    }

    /// Runs an action when no call of the plugin runs any more, since it may lead to another one.
    void afterCall(Runnable action) {
        afterCall.add(action);
        drain();
    }

    private void drain() {
        while (depth == 0 && !afterCall.isEmpty()) {
            afterCall.poll().run();
        }
    }

    private void fail(Trap trap) {
        if (failure == null) {
            failure = trap;
            log.trapped(trap);
            stop();
            contexts.values().forEach(HttpContext::fail);
            contexts.clear();
            if (owner != null) {
                owner.accept(trap);
            }
        }
    }

    void expired() {
        if (expiry != null) {
            expiry.run();
        }
    }

    private void stop() {
        timer.stop();
        queues.close();
        calls.close();
    }

    /// Puts bytes into the memory of the plugin and says where: their address, and their length.
    void give(byte[] bytes, int addressAt, int lengthAt) {
        int address = 0;
        if (bytes.length > 0) {
            address = (int) guest.call(Objects.requireNonNull(exports.allocate), bytes.length);
            if (address == 0) {
                throw new BadAddress(0, bytes.length); // It has no memory left.
            }
            guest.write(address, bytes);
        }
        guest.writeInt(addressAt, address);
        guest.writeInt(lengthAt, bytes.length);
    }

    String text(int address, int length) {
        return Pairs.text(guest.read(address, length), 0, length);
    }

    @Override
    public void close() {
        if (!closed) {
            closed = true;
            stop();
            contexts.clear();
            guest.close();
        }
    }
}
