package io.jigress.proxy.call;

import io.jigress.proxy.compile.FilterServices;
import io.jigress.proxy.compile.RouteDefaults;
import io.jigress.proxy.exchange.ExchangeContext;
import io.jigress.proxy.loop.Loop;
import io.jigress.proxy.upstream.Upstream;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// Makes the services of filters on event loops that serve traffic. For several threads.
public final class LoopFilterServices implements FilterServices {
    private final List<ExchangeContext> contexts;
    private final RouteDefaults defaults;
    private final FilterLimits limits;
    private final BlockingTasks blocking;
    private final List<TaskStarts> starts;

    /// @param contexts by [Loop#index]
    public LoopFilterServices(List<ExchangeContext> contexts, RouteDefaults defaults, FilterLimits limits) {
        this.contexts = List.copyOf(contexts);
        this.defaults = defaults;
        this.limits = limits;
        this.blocking = new BlockingTasks(limits.blockingTasks());
        this.starts = contexts.stream().map(context -> new TaskStarts(context.loop())).toList();
    }

    @Override
    public OfInstance create(Loop loop, String filter, Function<String, @Nullable Upstream> clusters) {
        return new LoopServices(loop, filter,
                new LoopCallers(contexts.get(loop.index()), filter, clusters, defaults, limits.calls()), blocking,
                starts.get(loop.index()));
    }
}
