package io.jigress.sentinel.engine;

import com.alibaba.csp.sentinel.Entry;
import com.alibaba.csp.sentinel.context.Context;
import com.alibaba.csp.sentinel.node.Node;
import com.alibaba.csp.sentinel.util.function.BiConsumer;
import io.jigress.api.Exchange;
import org.jspecify.annotations.Nullable;

/// One request on one resource, from the decision to the end of the exchange. It is the `Entry` that Sentinel's circuit breakers read.
public final class Pass extends Entry {
    private static final Object[] NO_ARGUMENTS = {};

    final Guard guard;
    final Exchange exchange;
    final String route;
    /// Empty when the request has none.
    final String caller;
    final long nanos;
    private @Nullable Context context;
    /// The pass before it.
    public final @Nullable Pass before;
    /// Whether the request is counted.
    boolean admitted;
    private Object @Nullable [] kept;
    private @Nullable BiConsumer<Context, Entry> atEnd;

    Pass(Guard guard, Exchange exchange, String caller, long nanos, @Nullable Pass before) {
        super(guard.wrapper(), 1, NO_ARGUMENTS);
        this.guard = guard;
        this.exchange = exchange;
        this.route = exchange.routeName();
        this.caller = caller;
        this.nanos = nanos;
        this.before = before;
    }

    /// What Sentinel's circuit breakers get. One pass has one.
    Context context() {
        Context made = context;
        if (made == null) {
            made = new Context(null, route);
            made.setCurEntry(this);
            context = made;
        }
        return made;
    }

    /// Stores a value that a check needs when the request ends.
    void keep(int index, Object value) {
        Object[] all = kept;
        if (all == null) {
            all = new Object[guard.size()];
            kept = all;
        }
        all[index] = value;
    }

    @Nullable Object kept(int index) {
        Object[] all = kept;
        return all == null ? null : all[index];
    }

    /// The request has ended.
    public void complete(boolean failed) {
        if (admitted) {
            guard.complete(this, failed);
        } else {
            guard.abandon(this);
        }
    }

    /// A rule of another resource refused the request.
    public void abandon() {
        guard.abandon(this);
    }

    void end() {
        BiConsumer<Context, Entry> handler = atEnd;
        if (handler != null) {
            atEnd = null;
            handler.accept(context(), this);
        }
    }

    @Override
    public void whenTerminate(BiConsumer<Context, Entry> handler) {
        BiConsumer<Context, Entry> first = atEnd;
        atEnd = first == null ? handler : (where, entry) -> {
            first.accept(where, entry);
            handler.accept(where, entry);
        };
    }

    @Override
    public void exit(int count, Object... args) {
        complete(false);
    }

    @Override
    protected @Nullable Entry trueExit(int count, Object... args) {
        complete(false);
        return null;
    }

    @Override
    public @Nullable Node getLastNode() { return null; }
}
