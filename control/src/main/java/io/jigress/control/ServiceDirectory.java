package io.jigress.control;

import io.jigress.config.Endpoint;
import io.jigress.config.EndpointDirectory;
import io.jigress.config.EndpointRef;
import io.jigress.config.Endpoints;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// The directory `kubernetes`: the endpoints of Services by `namespace/service:port`, where the port is the number or the name of a Service
/// port.
///
/// Only watched Services are computed, and only those affected by a change. [#changed] is for one thread, on which listeners are also called;
/// the first state is delivered on the thread that calls [#watch].
public final class ServiceDirectory implements EndpointDirectory, ResourceFollower {
    public static final String NAME = "kubernetes";

    private static final String SERVICE_LABEL = "kubernetes.io/service-name";

    /// By `namespace/name`. Guarded by this.
    private final Map<String, Entry> services = new HashMap<>();
    /// The Service that a slice was last assigned to. Guarded by this.
    private final Map<ResourceKey, String> owners = new HashMap<>();

    private static final class Entry {
        @Nullable Resource service;
        /// Ordered, so that the result does not depend on the order in which slices arrive.
        final TreeMap<ResourceKey, Resource> slices = new TreeMap<>();
        final List<Listening> watches = new ArrayList<>();

        boolean isEmpty() { return service == null && slices.isEmpty() && watches.isEmpty(); }
    }

    private static final class Listening {
        final String port;
        final Consumer<Endpoints> listener;
        Endpoints last = Endpoints.UNKNOWN;

        Listening(String port, Consumer<Endpoints> listener) {
            this.port = port;
            this.listener = listener;
        }
    }

    /// Whether a change of this object can change endpoints.
    @Override
    public boolean concerns(ResourceKey key) {
        return isService(key) || isSlice(key);
    }

    /// Whether a change of this object can change endpoints and nothing else.
    public static boolean isSlice(ResourceKey key) {
        return key.kind().equals("EndpointSlice") && key.group().equals("discovery.k8s.io");
    }

    private static boolean isService(ResourceKey key) {
        return key.kind().equals("Service") && key.group().isEmpty();
    }

    @Override
    public synchronized Watch watch(EndpointRef.Named name, Consumer<Endpoints> listener) {
        int colon = name.name().lastIndexOf(':');
        if (!name.directory().equals(NAME) || colon < 0) {
            throw new IllegalArgumentException("name is " + name + " (expected: " + NAME + " namespace/service:port)");
        }
        String service = name.name().substring(0, colon);
        Entry entry = services.computeIfAbsent(service, _ -> new Entry());
        Listening listening = new Listening(name.name().substring(colon + 1), listener);
        entry.watches.add(listening);
        listening.last = endpoints(entry, listening.port);
        listener.accept(listening.last);
        return () -> forget(service, entry, listening);
    }

    private synchronized void forget(String service, Entry entry, Listening listening) {
        entry.watches.remove(listening);
        tidy(service, entry);
    }

    /// Applies changed objects (null: it was removed) and notifies the watchers of each Service once. Kinds other than Service and EndpointSlice
    /// are ignored.
    @Override
    public synchronized void changed(Map<ResourceKey, ? extends @Nullable Resource> changes) {
        Map<String, Entry> touched = new HashMap<>();
        changes.forEach((key, resource) -> {
            if (isService(key)) {
                String name = key.namespace() + "/" + key.name();
                entry(touched, name).service = resource;
            } else if (isSlice(key)) {
                file(key, resource, touched);
            }
        });
        touched.forEach((name, entry) -> {
            tell(entry);
            tidy(name, entry);
        });
    }

    private Entry entry(Map<String, Entry> touched, String name) {
        Entry entry = services.computeIfAbsent(name, _ -> new Entry());
        touched.put(name, entry);
        return entry;
    }

    private void file(ResourceKey key, @Nullable Resource slice, Map<String, Entry> touched) {
        String before = owners.remove(key);
        if (before != null) {
            entry(touched, before).slices.remove(key);
        }
        String label = slice == null ? null : ServiceEndpoints.label(slice, SERVICE_LABEL);
        if (slice != null && label != null) {
            String owner = key.namespace() + "/" + label;
            owners.put(key, owner);
            entry(touched, owner).slices.put(key, slice);
        }
    }

    private void tell(Entry entry) {
        for (Listening listening : List.copyOf(entry.watches)) {
            Endpoints now = endpoints(entry, listening.port);
            if (!now.equals(listening.last)) {
                listening.last = now;
                listening.listener.accept(now);
            }
        }
    }

    private void tidy(String name, Entry entry) {
        if (entry.isEmpty()) {
            services.remove(name, entry);
        }
    }

    private static Endpoints endpoints(Entry entry, String port) {
        Resource service = entry.service;
        if (service == null) {
            return Endpoints.UNKNOWN;
        }
        List<Endpoint> endpoints = ServiceEndpoints.of(service, entry.slices.values(), port);
        return new Endpoints(endpoints, true);
    }
}
