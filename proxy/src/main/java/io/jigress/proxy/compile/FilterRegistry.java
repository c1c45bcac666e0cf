package io.jigress.proxy.compile;

import io.jigress.api.FilterFactory;
import io.jigress.api.JsonReader;
import io.jigress.api.PreparedFilter;
import io.jigress.config.FilterSpec;
import io.jigress.proxy.loop.Loop;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// The filters in use, one for each (name, scope, configuration), so that their state survives changes elsewhere. For the
/// applying thread.
final class FilterRegistry {
    private static final long PREPARE_SECONDS = 60;

    private record Key(String name, String scope, Object config) {}

    private final Map<String, FilterFactory<?>> factories = new HashMap<>();
    private final Map<Key, FilterSlot> slots = new HashMap<>();
    private final Loop[] loops;

    FilterRegistry(List<FilterFactory<?>> known, Loop[] loops) {
        this.loops = loops;
        known.forEach(factory -> factories.put(factory.name(), factory));
    }

    /// The slot of a filter, with one user more; null when it cannot be made, which is said to `faults`.
    @Nullable FilterSlot acquire(FilterSpec spec, List<String> faults) {
        FilterFactory<?> factory = factories.get(spec.name());
        if (factory == null) {
            faults.add(spec.origin() + ": no filter is called \"" + spec.name() + "\"");
            return null;
        }
        return acquire(factory, spec, faults);
    }

    private <C> @Nullable FilterSlot acquire(FilterFactory<C> factory, FilterSpec spec, List<String> faults) {
        Key key = new Key(spec.name(), spec.scope(), spec.config());
        FilterSlot slot = slots.get(key);
        if (slot == null) {
            JsonReader reader = JsonReader.of("config", spec.config());
            C config = factory.parse(reader);
            if (reader.failed()) {
                faults.add(spec.origin() + ": " + reader.issues());
                return null;
            }
            try {
                PreparedFilter prepared = factory.prepare(config).toCompletableFuture().get(PREPARE_SECONDS, TimeUnit.SECONDS);
                slot = new FilterSlot(spec, prepared, loops);
            } catch (Exception e) {
                faults.add(spec.origin() + ": could not be made ready: " + e);
                return null;
            }
            slots.put(key, slot);
        }
        slot.users++;
        return slot;
    }

    /// Whether the target of this filter must be closed when the filter cannot be made: nobody knows what an unknown one protects.
    boolean protects(FilterSpec spec) {
        FilterFactory<?> factory = factories.get(spec.name());
        return factory == null || factory.protects();
    }

    void release(FilterSlot slot) {
        if (--slot.users == 0) {
            slots.values().remove(slot);
            slot.close(loops);
        }
    }

    int size() {
        return slots.size();
    }
}
