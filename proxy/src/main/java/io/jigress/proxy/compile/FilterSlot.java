package io.jigress.proxy.compile;

import io.jigress.api.Body;
import io.jigress.api.Exchange;
import io.jigress.api.Headers;
import io.jigress.api.HttpFilter;
import io.jigress.api.PreparedFilter;
import io.jigress.config.FilterSpec;
import io.jigress.proxy.loop.Loop;
import java.lang.reflect.Method;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// One filter of a configuration: its prepared state and an instance for each event loop, made when that loop first needs it.
public final class FilterSlot {
    private static final long GRACE_SECONDS = 60;
    static final int REQUEST_BODY = 1;
    static final int RESPONSE_HEAD = 2;
    static final int RESPONSE_BODY = 4;
    static final int COMPLETE = 8;

    private final FilterSpec spec;
    private final PreparedFilter prepared;
    /// Each element is for its own loop's thread only.
    private final @Nullable HttpFilter[] perLoop;
    private final LoopServices[] services;
    int users;

    FilterSlot(FilterSpec spec, PreparedFilter prepared, Loop[] loops) {
        this.spec = spec;
        this.prepared = prepared;
        this.perLoop = new HttpFilter[loops.length];
        this.services = new LoopServices[loops.length];
        for (int i = 0; i < loops.length; i++) {
            services[i] = new LoopServices(loops[i], spec.name());
        }
    }

    public FilterSpec spec() {
        return spec;
    }

    /// The instance of this loop; on its thread.
    HttpFilter on(Loop loop) {
        HttpFilter filter = perLoop[loop.index()];
        if (filter == null) {
            filter = prepared.create(services[loop.index()]);
            perLoop[loop.index()] = filter;
        }
        return filter;
    }

    void close(Loop[] loops) {
        for (Loop loop : loops) {
            // Exchanges that are under way may still hold it; those that last longer are few and harm nobody but themselves.
            loop.executor().schedule(() -> {
                HttpFilter filter = perLoop[loop.index()];
                services[loop.index()].close();
                if (filter != null) {
                    perLoop[loop.index()] = null;
                    filter.close();
                }
            }, GRACE_SECONDS, TimeUnit.SECONDS);
        }
        prepared.close();
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
