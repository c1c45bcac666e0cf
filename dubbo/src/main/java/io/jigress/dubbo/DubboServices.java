package io.jigress.dubbo;

import io.jigress.dubbo.mapping.CompiledService;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/// The mappings of a gateway by name, for connections of all loops. A mapping that changes, or whose provider has published other types,
/// replaces the previous one: connections stay open, and calls in flight finish with the mapping that they began with.
public final class DubboServices {
    private final Map<String, AtomicReference<@Nullable CompiledService>> services = new ConcurrentHashMap<>();

    /// Sets or replaces a mapping: requests of clusters that name it use it from now on. Any thread.
    public void put(String name, CompiledService service) {
        place(name).set(service);
    }

    /// Removes a mapping: requests of clusters that name it are answered with 503 from now on. Any thread.
    public void remove(String name) {
        place(name).set(null);
    }

    /// The mapping of a name; null for an unknown name. Any thread.
    public @Nullable CompiledService find(String name) {
        AtomicReference<@Nullable CompiledService> place = services.get(name);
        return place == null ? null : place.get();
    }

    /// The slot of the mapping of this name, which may be empty.
    AtomicReference<@Nullable CompiledService> place(String name) {
        return services.computeIfAbsent(name, _ -> new AtomicReference<>());
    }
}
