package io.jigress.plugins.jar;

import io.jigress.api.HttpFilter;
import io.jigress.api.PreparedFilter;
import io.jigress.api.Services;
import io.jigress.plugins.Quarantine;
import io.jigress.plugins.load.CodeFault;
import java.lang.ref.WeakReference;
import java.util.Arrays;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What all event loops share of a plugin: its code and how it fares. For several threads.
final class JarPlugin implements PreparedFilter {
    /// As many calls that do not end put the plugin into quarantine.
    static final int MAX_STUCK = 2;
    private static final Logger LOG = LoggerFactory.getLogger(JarPlugin.class);
    private static final long LOG_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final JarConfig config;
    private final JarRuntime runtime;
    private final Quarantine quarantine;
    private final AtomicInteger stuck = new AtomicInteger();
    private final AtomicBoolean loading = new AtomicBoolean();
    private final AtomicLong misuses = new AtomicLong();
    private final AtomicLong holds = new AtomicLong();
    private final AtomicLong quarantines = new AtomicLong();
    private volatile boolean hasUncounted;
    private @Nullable LoadedJar loaded;
    private long lastLog;
    private int unlogged;
    private boolean closed;

    JarPlugin(JarConfig config, JarRuntime runtime) {
        this.config = config;
        this.runtime = runtime;
        this.quarantine = new Quarantine(config.name(), Quarantine.FAILURES);
    }

    JarConfig config() {
        return config;
    }

    JarRuntime runtime() {
        return runtime;
    }

    Quarantine quarantine() {
        return quarantine;
    }

    /// Loads the code, on a thread of its own: static initializers may do anything. If that fails, the reason is kept for [#create].
    CompletionStage<PreparedFilter> prepare() {
        CompletableFuture<PreparedFilter> ready = new CompletableFuture<>();
        load(() -> ready.complete(this));
        return ready;
    }

    private void load(Runnable then) {
        if (loading.compareAndSet(false, true)) {
            Thread.ofPlatform().daemon().name("jar-loader").start(() -> {
                try {
                    loaded(LoadedJar.load(config, runtime));
                } catch (CodeFault e) {
                    refused(e.what());
                } catch (Throwable e) {
                    LOG.error("plugin {} could not be loaded", config.name(), e);
                    refused("could not be loaded: " + LoadedJar.told(e));
                } finally {
                    loading.set(false);
                    then.run();
                }
            });
        }
    }

    private void loaded(LoadedJar jar) {
        synchronized (this) {
            if (!closed) {
                loaded = jar;
                quarantine.end();
                return;
            }
        }
        jar.close(config.name());
    }

    private void refused(String why) {
        quarantine.refuse(config.code().url() + " " + why);
    }

    /// @throws IllegalStateException when the plugin could not be loaded; another attempt begins, for the next call
    @Override
    public HttpFilter create(Services services) {
        LoadedJar now;
        synchronized (this) {
            now = loaded;
        }
        if (now == null) {
            String reason = quarantine.reason();
            load(() -> {});
            throw new IllegalStateException(reason == null ? "the plugin is being loaded" : reason);
        }
        quarantine.tell(services::problem);
        try {
            return new JarFilter(this, now, services);
        } catch (Throwable e) {
            LOG.error("plugin {} could not make a filter", config.name(), e);
            throw new IllegalStateException("the plugin could not make a filter: " + LoadedJar.told(e));
        }
    }

    // ---- calls that do not end

    /// Whether requests may use the plugin.
    boolean allows(long now) {
        return quarantine.reason() == null || stuck.get() < MAX_STUCK && quarantine.allows(now);
    }

    /// A call has not ended though it was interrupted.
    void stuck(Thread thread) {
        int now = stuck.incrementAndGet();
        StackTraceElement[] stack = thread.getStackTrace();
        String where = stack.length == 0 ? "" : ", it is in " + stack[0];
        log("a call did not end though its thread was interrupted" + where + "; " + now + " of " + MAX_STUCK
                + " that put it into quarantine", null);
        if (now >= MAX_STUCK && quarantine.refuse(now + " calls did not end though their threads were interrupted" + where)) {
            quarantines.incrementAndGet();
            hasUncounted = true;
        }
    }

    /// A call that was [#stuck] has ended.
    void unstuck() {
        stuck.decrementAndGet();
    }

    /// A callback holds an event loop. On the watchdog's thread.
    ///
    /// @return false when no code of the plugin runs: classes of the gateway may be loaded
    boolean held(String loop, StackTraceElement[] stack) {
        Optional<StackTraceElement> where = Arrays.stream(stack).filter(frame -> isOf(frame)).findFirst();
        if (where.isEmpty()) {
            return false;
        }
        Throwable trace = new Throwable("it is here");
        trace.setStackTrace(stack);
        LOG.warn("plugin {} holds event loop {} for more than 50 ms", config.name(), loop, trace);
        holds.incrementAndGet();
        if (quarantine.refuse("it holds event loop " + loop + " for more than 50 ms, in " + where.get())) {
            quarantines.incrementAndGet();
        }
        hasUncounted = true;
        return true;
    }

    private boolean isOf(StackTraceElement frame) {
        return ("plugin " + config.name()).equals(frame.getClassLoaderName());
    }

    // ---- counted on event loops

    void misusedElsewhere() {
        misuses.incrementAndGet();
        hasUncounted = true;
    }

    boolean hasUncounted() {
        return hasUncounted;
    }

    /// Together with the two that follow.
    long takeMisuses() {
        hasUncounted = false;
        return misuses.getAndSet(0);
    }

    long takeHolds() {
        return holds.getAndSet(0);
    }

    long takeQuarantines() {
        return quarantines.getAndSet(0);
    }

    /// Logs at most one message a second.
    void log(String what, @Nullable Throwable cause) {
        long now = System.nanoTime();
        int before;
        synchronized (quarantine) {
            if (lastLog != 0 && now - lastLog < LOG_NANOS) {
                unlogged++;
                return;
            }
            lastLog = now;
            before = unlogged;
            unlogged = 0;
        }
        LOG.warn("plugin {}: {}{}", config.name(), what, before == 0 ? "" : " (" + before + " messages were left out before)",
                cause);
    }

    @Override
    public void close() {
        LoadedJar old;
        synchronized (this) {
            closed = true;
            old = loaded;
            loaded = null;
        }
        if (old != null) {
            Thread.ofPlatform().daemon().name("jar-closer").start(() -> old.close(config.name()));
        }
    }

    /// The class loader; for tests of its collection.
    WeakReference<ClassLoader> loader() {
        synchronized (this) {
            return new WeakReference<>(loaded == null ? null : loaded.loader());
        }
    }
}
