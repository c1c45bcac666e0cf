package io.jigress.proxy.compile;

import io.jigress.api.FilterInterest;
import io.jigress.api.HttpFilter;
import io.jigress.api.ProxyFailure;
import io.jigress.api.ProxyFailure.Kind;
import io.jigress.api.ProxyFailure.Origin;
import io.jigress.config.FilterSpec;
import io.jigress.proxy.loop.Loop;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The filters of a route, in the order in which a request passes them.
public final class FilterSet {
    static final FilterSet NONE = new FilterSet(List.of(), List.of(), 0);

    private static final ProxyFailure CLOSED = new ProxyFailure(Kind.MISCONFIGURED, Origin.GATEWAY, false, "misconfigured");
    private static final ProxyFailure BROKEN = new ProxyFailure(Kind.FILTER_ERROR, Origin.GATEWAY, false, "filter_failed");

    private final List<FilterSpec> specs;
    private final FilterSlot[] slots;
    private final @Nullable Instances[] perLoop;

    /// @param specs the specification of each: a shared filter may run elsewhere with another priority
    FilterSet(List<FilterSpec> specs, List<FilterSlot> ordered, int loops) {
        this.specs = List.copyOf(specs);
        this.slots = ordered.toArray(FilterSlot[]::new);
        this.perLoop = new Instances[loops];
    }

    /// The bit that stands for an interest in sets of them.
    public static int bit(FilterInterest interest) {
        return switch (interest) {
            case REQUEST_HEAD -> 1 << 0;
            case READ_REQUEST_BODY -> 1 << 1;
            case CHANGE_REQUEST_BODY -> 1 << 2;
            case REQUEST_TRAILERS -> 1 << 3;
            case RESPONSE_HEAD -> 1 << 4;
            case READ_RESPONSE_BODY -> 1 << 5;
            case CHANGE_RESPONSE_BODY -> 1 << 6;
            case RESPONSE_TRAILERS -> 1 << 7;
            case COMPLETION -> 1 << 8;
        };
    }

    public boolean isEmpty() { return slots.length == 0; }

    public List<FilterSpec> specs() {
        return specs;
    }

    FilterSlot[] slots() {
        return slots;
    }

    /// The instances of a loop; on its thread.
    public Instances on(Loop loop) {
        if (slots.length == 0) {
            return Instances.NONE;
        }
        Instances instances = perLoop[loop.index()];
        return instances == null ? make(loop) : instances;
    }

    /// If an instance cannot be created, the route is closed for now, or the request passes without an optional one.
    private Instances make(Loop loop) {
        List<FilterSlot.Instance> made = new ArrayList<>(slots.length);
        FilterSlot broken = null;
        for (FilterSlot slot : slots) {
            FilterSlot.Instance instance = slot.on(loop);
            if (instance != null) {
                made.add(instance);
            } else if (!slot.isOptional() && (broken == null || slot.protects())) {
                broken = slot;
            }
        }
        if (broken != null) {
            return new Instances(new FilterSlot.Instance[0], broken.protects() ? CLOSED : BROKEN);
        }
        Instances instances = new Instances(made.toArray(FilterSlot.Instance[]::new), null);
        if (made.size() == slots.length) {
            perLoop[loop.index()] = instances;
        }
        return instances;
    }

    /// Filter instances with the callbacks that they override. An exchange that uses them calls [#enter], and [#leave] at its end.
    public static final class Instances {
        public static final Instances NONE = new Instances(new FilterSlot.Instance[0], null);

        private final FilterSlot.Instance[] filters;
        private final @Nullable ProxyFailure failure;
        private final int all;

        private Instances(FilterSlot.Instance[] filters, @Nullable ProxyFailure failure) {
            this.filters = filters;
            this.failure = failure;
            int union = 0;
            for (FilterSlot.Instance filter : filters) {
                union |= filter.interests;
            }
            this.all = union;
        }

        /// The first `done` of these, then those of another route that are not among them, in order.
        public Instances rematched(int done, Instances other) {
            List<FilterSlot.Instance> both = new ArrayList<>(List.of(filters).subList(0, done));
            for (FilterSlot.Instance filter : other.filters) {
                if (!both.subList(0, done).contains(filter)) {
                    both.add(filter);
                }
            }
            return new Instances(both.toArray(FilterSlot.Instance[]::new), other.failure);
        }

        /// Why requests cannot pass: a filter could not be created. Null when they can.
        public @Nullable ProxyFailure failure() {
            return failure;
        }

        /// One more exchange uses these filters.
        public void enter() {
            for (FilterSlot.Instance filter : filters) {
                filter.exchanges++;
            }
        }

        /// The exchange has ended; see [#enter].
        public void leave() {
            for (FilterSlot.Instance filter : filters) {
                filter.leave();
            }
        }

        public int size() {
            return filters.length;
        }

        public HttpFilter at(int i) {
            return filters[i].filter;
        }

        public FilterSlot slot(int i) {
            return filters[i].slot();
        }

        /// Whether any of them is interested in something.
        ///
        /// @param interests bits, as [FilterSet#bit] gives them
        public boolean anyInterested(int interests) {
            return (all & interests) != 0;
        }

        /// Whether one of them is interested in something.
        ///
        /// @param interests bits, as [FilterSet#bit] gives them
        public boolean isInterested(int i, int interests) {
            return (filters[i].interests & interests) != 0;
        }
    }
}
