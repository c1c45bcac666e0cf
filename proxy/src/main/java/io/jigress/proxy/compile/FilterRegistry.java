package io.jigress.proxy.compile;

import io.jigress.api.FilterFactory;
import io.jigress.api.JsonReader;
import io.jigress.api.PreparedFilter;
import io.jigress.config.FilterSpec;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// The filters in use, one for each (name, scope, configuration), so that their state survives changes elsewhere. One that no route
/// uses any more is kept for a while: exchanges under way may hold its instances, and a route that comes back finds its state. For the
/// applying thread.
final class FilterRegistry {
    private static final long PREPARE_SECONDS = 60;
    /// Exchanges that last longer are few and harm nobody but themselves.
    private static final long GRACE_NANOS = TimeUnit.SECONDS.toNanos(60);

    private record Key(String name, String scope, Object config) {
        Key(FilterSpec spec) {
            this(spec.name(), spec.scope(), spec.config());
        }

        /// Without the configuration, of which a scope has few: a long list must not be hashed for each route that is compiled.
        @Override
        public int hashCode() {
            return 31 * name.hashCode() + scope.hashCode();
        }
    }

    private record Retired(FilterSlot slot, int retirement) {}

    private final Map<String, FilterFactory<?>> factories = new HashMap<>();
    private final Map<Key, FilterSlot> slots = new HashMap<>();
    private final int loops;
    private final Later later;
    private final Consumer<FilterSlot> prepared;
    private List<Retired> retired = new ArrayList<>();

    /// @param prepared hears of each filter that was not ready at once, when it is or cannot be
    FilterRegistry(List<FilterFactory<?>> known, int loops, Later later, Consumer<FilterSlot> prepared) {
        this.loops = loops;
        this.later = later;
        this.prepared = prepared;
        known.forEach(factory -> factories.put(factory.name(), factory));
    }

    /// The slot of a filter, ready or getting ready, with one user more; null when it cannot be made, which is said to `faults`.
    @Nullable FilterSlot acquire(FilterSpec spec, List<String> faults) {
        FilterFactory<?> factory = factories.get(spec.name());
        if (factory == null) {
            faults.add(spec.origin() + ": no filter is called \"" + spec.name() + "\"");
            return null;
        }
        Key key = new Key(spec);
        FilterSlot slot = slots.get(key);
        if (slot == null) {
            slot = make(factory, spec, faults);
            if (slot == null) {
                return null;
            }
            slots.put(key, slot);
        }
        Throwable failure = slot.failure();
        if (failure != null) {
            faults.add(spec.origin() + ": could not be made ready: "
                    + (failure instanceof TimeoutException ? "took more than " + PREPARE_SECONDS + " s" : failure));
            dropFailed(key, slot);
            return null;
        }
        slot.users++;
        return slot;
    }

    private <C> @Nullable FilterSlot make(FilterFactory<C> factory, FilterSpec spec, List<String> faults) {
        JsonReader reader = JsonReader.of("config", spec.config());
        C config = factory.parse(reader);
        if (reader.failed()) {
            faults.add(spec.origin() + ": " + reader.issues());
            return null;
        }
        CompletableFuture<PreparedFilter> state = prepare(factory, config);
        FilterSlot slot = new FilterSlot(spec, state, loops);
        if (slot.isPreparing()) {
            state.orTimeout(PREPARE_SECONDS, TimeUnit.SECONDS)
                    .whenComplete((_, _) -> later.run(0, () -> prepared.accept(slot)));
        }
        return slot;
    }

    private static <C> CompletableFuture<PreparedFilter> prepare(FilterFactory<C> factory, C config) {
        try {
            return factory.prepare(config).thenApply(Objects::requireNonNull).toCompletableFuture();
        } catch (RuntimeException e) {
            return CompletableFuture.failedFuture(e);
        }
    }

    /// Whether the target of this filter must be closed when the filter cannot be made: nobody knows what an unknown one protects.
    boolean protects(FilterSpec spec) {
        FilterFactory<?> factory = factories.get(spec.name());
        return factory == null || factory.protects();
    }

    void release(FilterSlot slot) {
        if (--slot.users > 0) {
            return;
        }
        if (slot.failure() != null) {
            dropFailed(new Key(slot.spec()), slot);
        } else {
            retired.add(new Retired(slot, ++slot.retirements));
        }
    }

    /// The next one who asks for it has it tried again.
    private void dropFailed(Key key, FilterSlot slot) {
        if (slot.users == 0) {
            slots.remove(key, slot);
        }
    }

    /// Sees to it that what was released since the last call is closed in due time.
    void retire() {
        if (!retired.isEmpty()) {
            List<Retired> now = retired;
            retired = new ArrayList<>();
            later.run(GRACE_NANOS, () -> now.forEach(this::closeUnlessUsed));
        }
    }

    private void closeUnlessUsed(Retired old) {
        FilterSlot slot = old.slot;
        if (slot.users == 0 && slot.retirements == old.retirement && slots.remove(new Key(slot.spec()), slot)) {
            slot.close();
        }
    }

    /// Closes all of them at once.
    void close() {
        slots.values().forEach(FilterSlot::close);
        slots.clear();
    }

    int size() {
        return slots.size();
    }
}
