package io.jigress.proxy.compile;

import io.jigress.api.FilterFactory;
import io.jigress.api.JsonReader;
import io.jigress.api.PreparedFilter;
import io.jigress.config.FilterSpec;
import io.jigress.config.SecretValues;
import io.jigress.proxy.loop.Loop;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The filters in use, one for each (name, scope, configuration), so that their state survives other changes. A filter that no route uses
/// any more is kept for a minute, in case a route needs its state again, the last four of each object; its instances are kept at least until the last exchange that
/// uses them ends. For the applying thread.
final class FilterRegistry {
    private static final Logger LOG = LoggerFactory.getLogger(FilterRegistry.class);
    private static final long GRACE_NANOS = TimeUnit.SECONDS.toNanos(60);
    /// How many filters without users are kept of one kind and scope: the configurations of an object that changes often.
    private static final int MAX_KEPT = 4;

    private record Key(String name, String scope, Object config, SecretValues secrets) {
        Key(FilterSpec spec) {
            this(spec.name(), spec.scope(), spec.config(), spec.secrets());
        }

        /// The key without the configuration, since a scope has few: so a long list in one is not hashed for each route that is compiled.
        @Override
        public int hashCode() {
            return 31 * name.hashCode() + scope.hashCode();
        }
    }

    private static final class Retired {
        private final Owner owner;
        private final int retirement;
        /// Null when it is closed: the timer of the minute must not keep it in memory.
        private @Nullable FilterSlot slot;

        Retired(FilterSlot slot, int retirement) {
            this.owner = new Owner(slot);
            this.slot = slot;
            this.retirement = retirement;
        }

        boolean isUsedAgain() { return slot != null && (slot.users > 0 || slot.retirements != retirement); }
    }

    private record Owner(String name, String scope) {
        Owner(FilterSlot slot) {
            this(slot.spec().name(), slot.spec().scope());
        }
    }

    private final Map<String, FilterFactory<?>> factories = new HashMap<>();
    private final Map<Key, FilterSlot> slots = new HashMap<>();
    private final int loops;
    private final DeferredUpdate later;
    private final Consumer<FilterSlot> prepared;
    private final BiFunction<Loop, String, FilterServices.OfInstance> services;
    /// Why a filter has no instance on an event loop.
    private final Map<FilterSlot, String> broken = new LinkedHashMap<>();
    /// Why a filter that has instances does not work, or works with an earlier state.
    private final Map<FilterSlot, String> notWorking = new LinkedHashMap<>();
    private List<Retired> retired = new ArrayList<>();
    /// Filters without users, the oldest first.
    private final Map<Owner, ArrayDeque<Retired>> kept = new HashMap<>();

    /// @param prepared hears of each filter that was not ready at once, when it is or cannot be
    /// @param services makes those of an instance of a filter
    FilterRegistry(List<FilterFactory<?>> known, int loops, DeferredUpdate later, Consumer<FilterSlot> prepared,
            BiFunction<Loop, String, FilterServices.OfInstance> services) {
        this.services = services;
        this.loops = loops;
        this.later = later;
        this.prepared = prepared;
        known.forEach(factory -> factories.put(factory.name(), factory));
    }

    /// The slot of a filter that is ready or in preparation, with one more user; null when it cannot be created, which is added to `faults`.
    ///
    /// @param before the slot of the same filter with the configuration before: if the preparation of a protecting filter has failed, it stays in use
    @Nullable FilterSlot acquire(FilterSpec spec, @Nullable FilterSlot before, List<String> faults) {
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
            FilterSlot stays = before != null && before.isReady() && protects(spec) ? before : null;
            faults.add(spec.origin() + ": could not be made ready: "
                    + (failure instanceof TimeoutException
                            ? "took more than " + factory.prepareTimeout().toSeconds() + " s"
                            : spec.secrets().hide(failure.toString()))
                    + (stays == null ? "" : "; the configuration before stays in use"));
            dropFailed(key, slot);
            if (stays == null) {
                return null;
            }
            slot = stays;
        }
        slot.users++;
        return slot;
    }

    private <C> @Nullable FilterSlot make(FilterFactory<C> factory, FilterSpec spec, List<String> faults) {
        JsonReader reader = JsonReader.of("config", spec.resolved());
        C config;
        try {
            config = factory.parse(reader);
        } catch (RuntimeException | LinkageError e) {
            faults.add(spec.origin() + ": the filter \"" + spec.name() + "\" failed to read its configuration: "
                    + spec.secrets().hide(e.toString()));
            return null;
        }
        if (reader.failed()) {
            faults.add(spec.origin() + ": " + spec.secrets().hide(reader.issues().toString()));
            return null;
        }
        CompletableFuture<PreparedFilter> state = prepare(factory, config);
        FilterSlot slot = new FilterSlot(spec, protects(spec), state, loops, loop -> services.apply(loop, spec.name()),
                this::made, this::told);
        if (slot.isPreparing()) {
            state.orTimeout(factory.prepareTimeout().toNanos(), TimeUnit.NANOSECONDS)
                    .whenComplete((_, _) -> later.run(0, () -> prepared.accept(slot)));
        }
        return slot;
    }

    private static <C> CompletableFuture<PreparedFilter> prepare(FilterFactory<C> factory, C config) {
        CompletableFuture<PreparedFilter> state = new CompletableFuture<>();
        try {
            factory.prepare(config).whenComplete((ready, thrown) -> {
                if (thrown != null) {
                    Throwable cause = thrown instanceof CompletionException && thrown.getCause() != null
                            ? thrown.getCause()
                            : thrown;
                    state.completeExceptionally(cause);
                } else if (ready == null) {
                    state.completeExceptionally(new NullPointerException("prepare gave null"));
                } else if (!state.complete(ready)) {
                    // It has no users any more.
                    close(factory.name(), ready);
                }
            });
        } catch (RuntimeException | LinkageError e) {
            state.completeExceptionally(e);
        }
        return state;
    }

    private static void close(String name, PreparedFilter ready) {
        try {
            ready.close();
        } catch (RuntimeException | LinkageError e) {
            LOG.error("filter {} threw in close", name, e);
        }
    }

    /// On an event loop.
    private void made(FilterSlot slot, @Nullable Throwable failure) {
        later.run(0, () -> {
            if (failure == null) {
                broken.remove(slot);
            } else if (slots.get(new Key(slot.spec())) == slot) {
                broken.put(slot,
                        slot.spec().origin() + ": the filter \"" + slot.spec().name() + "\" could not be made: "
                                + slot.spec().secrets().hide(failure.toString()) + "; requests are " + slot.onBroken());
            }
        });
    }

    /// A filter tells why it does not work as it should. On any thread.
    private void told(FilterSlot slot, @Nullable String what) {
        later.run(0, () -> {
            if (what == null) {
                notWorking.remove(slot);
            } else if (slots.get(new Key(slot.spec())) == slot) {
                notWorking.put(slot, slot.spec().origin() + ": " + what);
            }
        });
    }

    /// The faults of filters that are in use, as readable text.
    List<String> faults() {
        List<String> all = new ArrayList<>(broken.values());
        notWorking.forEach((slot, what) -> {
            if (!broken.containsKey(slot) && slot.users > 0) {
                all.add(what);
            }
        });
        return all;
    }

    /// Whether the target of this filter must be closed when the filter cannot be created. An unknown filter counts as protecting.
    boolean protects(FilterSpec spec) {
        return switch (spec.onFailure()) {
            case OPEN -> false;
            case CLOSE -> true;
            case BY_KIND -> kindProtects(spec);
        };
    }

    private boolean kindProtects(FilterSpec spec) {
        FilterFactory<?> factory = factories.get(spec.name());
        try {
            return factory == null || factory.protects();
        } catch (RuntimeException | LinkageError e) {
            LOG.error("filter {} threw in protects", spec.name(), e);
            return true;
        }
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

    /// The next request for it retries.
    private void dropFailed(Key key, FilterSlot slot) {
        if (slot.users == 0) {
            slots.remove(key, slot);
        }
    }

    /// Schedules the closing of filters that were released since the last call.
    void retire() {
        if (!retired.isEmpty()) {
            List<Retired> now = retired;
            retired = new ArrayList<>();
            later.run(GRACE_NANOS, () -> now.forEach(this::closeUnlessUsed));
            now.forEach(this::keep);
        }
    }

    private void keep(Retired old) {
        ArrayDeque<Retired> others = kept.computeIfAbsent(old.owner, _ -> new ArrayDeque<>(1));
        others.removeIf(Retired::isUsedAgain);
        others.add(old);
        if (others.size() > MAX_KEPT) {
            closeUnlessUsed(others.element());
        }
    }

    private void closeUnlessUsed(Retired old) {
        kept.computeIfPresent(old.owner, (_, others) -> others.remove(old) && others.isEmpty() ? null : others);
        FilterSlot slot = old.slot;
        if (slot != null && !old.isUsedAgain() && slots.remove(new Key(slot.spec()), slot)) {
            old.slot = null;
            broken.remove(slot);
            notWorking.remove(slot);
            slot.close();
        }
    }

    /// Closes all of them.
    void close() {
        slots.values().forEach(FilterSlot::close);
        slots.clear();
        kept.clear();
    }

    int size() {
        return slots.size();
    }
}
