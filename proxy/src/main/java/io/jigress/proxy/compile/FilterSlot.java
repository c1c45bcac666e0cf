package io.jigress.proxy.compile;

import io.jigress.api.Body;
import io.jigress.api.Exchange;
import io.jigress.api.Headers;
import io.jigress.api.HttpFilter;
import io.jigress.api.PreparedFilter;
import io.jigress.config.FilterSpec;
import io.jigress.proxy.loop.Loop;
import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One filter of a configuration: its prepared state and an instance for each event loop, made when that loop first needs it.
public final class FilterSlot {
    private static final Logger LOG = LoggerFactory.getLogger(FilterSlot.class);
    static final int REQUEST_BODY = 1;
    static final int RESPONSE_HEAD = 2;
    static final int RESPONSE_BODY = 4;
    static final int COMPLETE = 8;

    private final FilterSpec spec;
    private final CompletableFuture<PreparedFilter> prepared;
    /// Each element is for its own loop's thread only.
    private final @Nullable HttpFilter[] perLoop;
    /// Guarded by this.
    private final List<Instance> instances = new ArrayList<>(0);
    /// Compiled routes that have it; [FilterRegistry] counts.
    int users;
    /// How often it lost its last user; [FilterRegistry] counts.
    int retirements;

    private record Instance(HttpFilter filter, LoopServices services, Loop loop) {
        void close() {
            services.close();
            try {
                filter.close();
            } catch (RuntimeException e) {
                LOG.error("filter {} threw in close", filter, e);
            }
        }
    }

    FilterSlot(FilterSpec spec, CompletableFuture<PreparedFilter> prepared, int loops) {
        this.spec = spec;
        this.prepared = prepared;
        this.perLoop = new HttpFilter[loops];
    }

    public FilterSpec spec() {
        return spec;
    }

    boolean isPreparing() { return !prepared.isDone(); }

    /// Why it could not be made ready; null while that is not known, and when it is ready.
    @Nullable Throwable failure() {
        return prepared.state() == Future.State.FAILED ? prepared.exceptionNow() : null;
    }

    /// The instance of this loop; on its thread, of a filter that is ready.
    HttpFilter on(Loop loop) {
        HttpFilter filter = perLoop[loop.index()];
        return filter == null ? create(loop) : filter;
    }

    private HttpFilter create(Loop loop) {
        LoopServices services = new LoopServices(loop, spec.name());
        HttpFilter filter = prepared.resultNow().create(services);
        perLoop[loop.index()] = filter;
        synchronized (this) {
            instances.add(new Instance(filter, services, loop));
        }
        return filter;
    }

    /// Closes the instances, each on its loop, and then what they shared.
    void close() {
        List<Instance> all;
        synchronized (this) {
            all = List.copyOf(instances);
            instances.clear();
        }
        AtomicInteger left = new AtomicInteger(all.size());
        for (Instance instance : all) {
            instance.loop.executor().execute(() -> {
                instance.close();
                if (left.decrementAndGet() == 0) {
                    closePrepared();
                }
            });
        }
        if (all.isEmpty()) {
            closePrepared();
        }
    }

    private void closePrepared() {
        prepared.thenAccept(state -> {
            try {
                state.close();
            } catch (RuntimeException e) {
                LOG.error("filter {} of {} threw in close", spec.name(), spec.origin(), e);
            }
        });
    }

    /// Which callbacks a class overrides: the others are never called.
    static int callbacks(Class<?> type) {
        return (overrides(type, "onRequestBody", Exchange.class, Body.class)
                || overrides(type, "onRequestTrailers", Exchange.class, Headers.class)
                        ? REQUEST_BODY
                        : 0)
                | (overrides(type, "onResponseHead", Exchange.class) ? RESPONSE_HEAD : 0)
                | (overrides(type, "onResponseBody", Exchange.class, Body.class)
                        || overrides(type, "onResponseTrailers", Exchange.class, Headers.class)
                                ? RESPONSE_BODY
                                : 0)
                | (overrides(type, "onComplete", Exchange.class) ? COMPLETE : 0);
    }

    private static boolean overrides(Class<?> type, String name, Class<?>... parameters) {
        try {
            Method method = type.getMethod(name, parameters);
            return method.getDeclaringClass() != HttpFilter.class;
        } catch (NoSuchMethodException e) {
            throw new IllegalStateException(type + " has no " + name, e);
        }
    }
}
