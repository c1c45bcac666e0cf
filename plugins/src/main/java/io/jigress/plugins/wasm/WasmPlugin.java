package io.jigress.plugins.wasm;

import io.jigress.api.HttpFilter;
import io.jigress.api.PreparedFilter;
import io.jigress.api.Services;
import io.jigress.plugins.wasm.abi.Vm;
import io.jigress.plugins.Quarantine;
import io.jigress.plugins.load.CodeFault;
import io.jigress.plugins.wasm.vm.Trap;
import io.jigress.plugins.wasm.vm.WasmCode;
import java.util.ArrayDeque;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What all event loops share of a plugin: its code, instances that were started and have no loop yet, and how it fares. For several threads.
final class WasmPlugin implements PreparedFilter {
    private static final Logger LOG = LoggerFactory.getLogger(WasmPlugin.class);

    private final WasmConfig config;
    private final WasmRuntime runtime;
    private final Quarantine quarantine;
    private final ArrayDeque<Vm> spares = new ArrayDeque<>();
    private volatile @Nullable WasmCode code;
    private final AtomicBoolean retrying = new AtomicBoolean();
    /// Whether an instance could be started once.
    private boolean started;
    private boolean closed;

    WasmPlugin(WasmConfig config, WasmRuntime runtime) {
        this.config = config;
        this.quarantine = new Quarantine(config.facts().name(), Quarantine.FAILURES);
        this.runtime = runtime;
    }

    WasmConfig config() {
        return config;
    }

    Quarantine quarantine() {
        return quarantine;
    }

    /// Loads the code and starts as many instances as there are event loops. If that fails, the reason is kept for [#create].
    ///
    /// @param instances how many
    void prepare(int instances) {
        for (int i = 0; i < instances; i++) {
            Vm vm = start();
            if (vm == null) {
                return;
            }
            keep(vm);
        }
    }

    private void keep(Vm vm) {
        synchronized (spares) {
            started = true;
            if (!closed) {
                spares.add(vm);
                return;
            }
        }
        vm.close();
    }

    /// Starts an instance: slow.
    ///
    /// @return null when it could not be started; the quarantine has the reason
    private @Nullable Vm start() {
        try {
            WasmCode now = code;
            if (now == null) {
                now = runtime.loader().load(config.module());
                code = now;
            }
            return Vm.start(now, config.facts(), runtime.environment());
        } catch (CodeFault e) {
            refused(e.what());
        } catch (RuntimeException | LinkageError | OutOfMemoryError e) {
            LOG.error("plugin {}: an instance could not be started", config.facts().name(), e);
            refused(e.toString());
        }
        return null;
    }

    private void refused(String why) {
        quarantine.refuse(config.module().url() + " " + why);
    }

    /// The code, when it is loaded.
    @Nullable WasmCode code() {
        return code;
    }

    /// An instance that was started already; null when there is none.
    @Nullable Vm spare() {
        synchronized (spares) {
            return spares.poll();
        }
    }

    /// Starts an instance on another thread; gives null when it cannot be started.
    CompletableFuture<@Nullable Vm> startLater() {
        try {
            return CompletableFuture.supplyAsync(this::start, code == null ? runtime.loading() : runtime.starting());
        } catch (RejectedExecutionException e) {
            return CompletableFuture.failedFuture(e);
        }
    }

    /// An instance has trapped: the next one is started before it is needed.
    ///
    /// @param now of the event loop's clock
    /// @return whether the plugin is in quarantine from now on
    boolean failed(Trap trap, long now) {
        return quarantine.failed(now, trap.what());
    }

    /// @throws IllegalStateException when the plugin could not be loaded; another attempt begins, for the next call
    @Override
    public HttpFilter create(Services services) {
        String reason = code == null || lacksInstances() ? quarantine.reason() : null;
        if (reason != null) {
            retry();
            throw new IllegalStateException(reason);
        }
        quarantine.tell(services::problem);
        return new WasmFilter(this, services);
    }

    private boolean lacksInstances() {
        synchronized (spares) {
            return spares.isEmpty() && !started;
        }
    }

    /// Loads the plugin again, if no other thread does so.
    private void retry() {
        if (retrying.compareAndSet(false, true)) {
            startLater().whenComplete((vm, _) -> {
                if (vm != null) {
                    keep(vm);
                    quarantine.end();
                }
                retrying.set(false);
            });
        }
    }

    @Override
    public void close() {
        ArrayDeque<Vm> left;
        synchronized (spares) {
            closed = true;
            left = new ArrayDeque<>(spares);
            spares.clear();
        }
        left.forEach(Vm::close);
    }
}
