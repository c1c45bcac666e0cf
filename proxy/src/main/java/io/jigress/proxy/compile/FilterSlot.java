package io.jigress.proxy.compile;

import io.jigress.api.FilterInterest;
import io.jigress.api.HttpFilter;
import io.jigress.api.PreparedFilter;
import io.jigress.config.FilterSpec;
import io.jigress.proxy.loop.Loop;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiConsumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One filter of a configuration: its prepared state, and an instance for each event loop, created when the loop first needs it.
public final class FilterSlot {
    private static final Logger LOG = LoggerFactory.getLogger(FilterSlot.class);

    /// The time after which a failed creation of an instance is retried.
    private static final long RETRY_NANOS = TimeUnit.MINUTES.toNanos(1);

    private final FilterSpec spec;
    private final boolean protects;
    private final CompletableFuture<PreparedFilter> prepared;
    private final Function<Loop, FilterServices.OfInstance> services;
    private final BiConsumer<FilterSlot, @Nullable Throwable> made;
    private final BiConsumer<FilterSlot, @Nullable String> told;
    /// Each element is for its own loop's thread only.
    private final @Nullable Instance[] perLoop;
    /// When the creation of an instance failed; for its own loop's thread only.
    private final @Nullable Failed[] failedPerLoop;
    /// Guarded by this.
    private final List<Instance> instances = new ArrayList<>(0);
    /// The number of compiled routes that use it; maintained by [FilterRegistry].
    int users;
    /// How often it lost its last user; maintained by [FilterRegistry].
    int retirements;

    private record Failed(long nanos) {}

    /// A filter on one loop, for its thread only. It is closed after the request to close it, once no exchange uses it any more.
    final class Instance {
        final HttpFilter filter;
        /// A bit for each [FilterInterest].
        final int interests;
        private final FilterServices.OfInstance services;
        private final Loop loop;
        int exchanges;
        private @Nullable Runnable closing;

        Instance(HttpFilter filter, FilterServices.OfInstance services, Loop loop) {
            this.filter = filter;
            this.interests = bits(filter.interests());
            this.services = services;
            this.loop = loop;
        }

        FilterSlot slot() {
            return FilterSlot.this;
        }

        void leave() {
            exchanges--;
            closeUnused();
        }

        private void close(Runnable then) {
            closing = then;
            closeUnused();
        }

        private void closeUnused() {
            Runnable then = closing;
            if (then == null || exchanges > 0) {
                return;
            }
            closing = null;
            services.close();
            try {
                filter.close();
            } catch (RuntimeException | LinkageError e) {
                LOG.error("filter {} of {} threw in close", spec.name(), spec.origin(), e);
            }
            then.run();
        }
    }

    /// @param protects whether its target is closed when it cannot be made
    /// @param services makes those of each instance
    /// @param told hears what its instances tell by [io.jigress.api.Services#problem], with what becomes of requests, and by
    /// [io.jigress.api.Services#outdated]; on any thread
    /// @param made hears of each instance that could not be made, with the reason, and with null of one that could after such a failure; on its loop
    FilterSlot(FilterSpec spec, boolean protects, CompletableFuture<PreparedFilter> prepared, int loops,
            Function<Loop, FilterServices.OfInstance> services, BiConsumer<FilterSlot, @Nullable Throwable> made,
            BiConsumer<FilterSlot, @Nullable String> told) {
        this.spec = spec;
        this.protects = protects;
        this.prepared = prepared;
        this.services = services;
        this.made = made;
        this.told = told;
        this.perLoop = new Instance[loops];
        this.failedPerLoop = new Failed[loops];
    }

    public FilterSpec spec() {
        return spec;
    }

    boolean protects() {
        return protects;
    }

    /// Whether requests pass without it where it cannot be created.
    boolean isOptional() { return spec.onFailure() == FilterSpec.OnFailure.OPEN; }

    /// What becomes of requests where it cannot be created.
    String onBroken() {
        return isOptional() ? "served without it" : "answered with " + (protects ? 503 : 500);
    }

    boolean isPreparing() { return !prepared.isDone(); }

    boolean isReady() { return prepared.state() == Future.State.SUCCESS; }

    /// Whether it has the configuration of a specification, which may differ in its place among others.
    boolean isConfiguredBy(FilterSpec other) {
        return spec.config().equals(other.config()) && spec.secrets().equals(other.secrets());
    }

    /// Why its preparation failed; null before that is known, and when it is ready.
    @Nullable Throwable failure() {
        return prepared.state() == Future.State.FAILED ? prepared.exceptionNow() : null;
    }

    /// The instance of this loop, of a filter that is ready; on the loop's thread. Null when it cannot be created.
    @Nullable Instance on(Loop loop) {
        Instance instance = perLoop[loop.index()];
        return instance == null ? create(loop) : instance;
    }

    private @Nullable Instance create(Loop loop) {
        Failed failed = failedPerLoop[loop.index()];
        if (failed != null && loop.nanoTime() - failed.nanos < RETRY_NANOS) {
            return null;
        }
        FilterServices.OfInstance services = this.services.apply(loop);
        services.tellProblems(what -> told.accept(this, what == null ? null : what + "; requests are " + onBroken()),
                what -> told.accept(this, what));
        Instance instance;
        try {
            instance = new Instance(Objects.requireNonNull(prepared.resultNow().create(services), "create returned null"),
                    services,
                    loop);
        } catch (OutOfMemoryError e) {
            services.close();
            throw e;
        } catch (Throwable e) {
            services.close();
            failedPerLoop[loop.index()] = new Failed(loop.nanoTime());
            // A message with the value of a Secret is not logged.
            String shown = spec.secrets().hide(e.toString());
            LOG.error("filter {} of {} could not be made on event loop {}; its requests are {}: {}", spec.name(),
                    spec.origin(), loop.index(), onBroken(), shown, shown.equals(e.toString()) ? e : null);
            made.accept(this, e);
            return null;
        }
        perLoop[loop.index()] = instance;
        synchronized (this) {
            instances.add(instance);
        }
        if (failed != null) {
            failedPerLoop[loop.index()] = null;
            made.accept(this, null);
        }
        return instance;
    }

    /// Closes the instances, each on its loop when no exchange uses it any more, and then their shared state.
    void close() {
        List<Instance> all;
        synchronized (this) {
            all = List.copyOf(instances);
            instances.clear();
        }
        AtomicInteger left = new AtomicInteger(all.size());
        for (Instance instance : all) {
            instance.loop.executor().execute(() -> instance.close(() -> {
                if (left.decrementAndGet() == 0) {
                    closePrepared();
                }
            }));
        }
        if (all.isEmpty()) {
            closePrepared();
        }
    }

    private void closePrepared() {
        prepared.thenAccept(state -> {
            try {
                state.close();
            } catch (RuntimeException | LinkageError e) {
                LOG.error("filter {} of {} threw in close", spec.name(), spec.origin(), e);
            }
        });
    }

    private static int bits(Set<FilterInterest> interests) {
        int bits = 0;
        for (FilterInterest interest : interests) {
            bits |= FilterSet.bit(interest);
        }
        return bits;
    }
}
