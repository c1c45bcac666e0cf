package io.jigress.proxy.compile;

import io.jigress.api.HttpFilter;
import io.jigress.config.FilterSpec;
import io.jigress.proxy.loop.Loop;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The filters of a route in the order in which they see a request.
public final class FilterSet {
    static final FilterSet NONE = new FilterSet(List.of(), List.of(), 0);

    private final List<FilterSpec> specs;
    private final FilterSlot[] slots;
    private final @Nullable Instances[] perLoop;

    /// @param specs what asked for each of them: one that is shared may run elsewhere with another priority
    FilterSet(List<FilterSpec> specs, List<FilterSlot> ordered, int loops) {
        this.specs = List.copyOf(specs);
        this.slots = ordered.toArray(FilterSlot[]::new);
        this.perLoop = new Instances[loops];
    }

    public boolean isEmpty() { return slots.length == 0; }

    public List<FilterSpec> specs() {
        return specs;
    }

    FilterSlot[] slots() {
        return slots;
    }

    /// The instances of a loop, on its thread.
    public Instances on(Loop loop) {
        if (slots.length == 0) {
            return Instances.NONE;
        }
        Instances instances = perLoop[loop.index()];
        if (instances == null) {
            instances = new Instances(slots, loop);
            perLoop[loop.index()] = instances;
        }
        return instances;
    }

    /// Filter instances with what they override.
    public static final class Instances {
        public static final Instances NONE = new Instances(new FilterSlot[0]);

        private final HttpFilter[] filters;
        private final FilterSlot[] slots;
        private final int[] callbacks;
        private final int all;

        private Instances(FilterSlot[] none) {
            this.filters = new HttpFilter[0];
            this.slots = none;
            this.callbacks = new int[0];
            this.all = 0;
        }

        private Instances(FilterSlot[] slots, Loop loop) {
            this.slots = slots;
            this.filters = new HttpFilter[slots.length];
            this.callbacks = new int[slots.length];
            int union = 0;
            for (int i = 0; i < slots.length; i++) {
                filters[i] = slots[i].on(loop);
                callbacks[i] = FilterSlot.callbacks(filters[i].getClass());
                union |= callbacks[i];
            }
            this.all = union;
        }

        private Instances(FilterSlot[] slots, HttpFilter[] filters, int[] callbacks) {
            this.slots = slots;
            this.filters = filters;
            this.callbacks = callbacks;
            int union = 0;
            for (int each : callbacks) {
                union |= each;
            }
            this.all = union;
        }

        /// The first `done` of these, then those of another route that are not among them.
        public Instances rematched(int done, Instances other) {
            List<Integer> left = new ArrayList<>();
            for (int i = 0; i < other.slots.length; i++) {
                if (!List.of(slots).subList(0, done).contains(other.slots[i])) {
                    left.add(i);
                }
            }
            FilterSlot[] newSlots = Arrays.copyOf(slots, done + left.size());
            HttpFilter[] newFilters = Arrays.copyOf(filters, newSlots.length);
            int[] newCallbacks = Arrays.copyOf(callbacks, newSlots.length);
            for (int i = 0; i < left.size(); i++) {
                newSlots[done + i] = other.slots[left.get(i)];
                newFilters[done + i] = other.filters[left.get(i)];
                newCallbacks[done + i] = other.callbacks[left.get(i)];
            }
            return new Instances(newSlots, newFilters, newCallbacks);
        }

        public int size() {
            return filters.length;
        }

        public HttpFilter at(int i) {
            return filters[i];
        }

        public FilterSlot slot(int i) {
            return slots[i];
        }

        /// Whether any filter looks at bodies (or trailers) in this direction.
        public boolean anyBody(boolean response) {
            return (all & (response ? FilterSlot.RESPONSE_BODY : FilterSlot.REQUEST_BODY)) != 0;
        }

        public boolean body(int i, boolean response) {
            return (callbacks[i] & (response ? FilterSlot.RESPONSE_BODY : FilterSlot.REQUEST_BODY)) != 0;
        }

        public boolean responseHead(int i) {
            return (callbacks[i] & FilterSlot.RESPONSE_HEAD) != 0;
        }

        public boolean complete(int i) {
            return (callbacks[i] & FilterSlot.COMPLETE) != 0;
        }
    }
}
