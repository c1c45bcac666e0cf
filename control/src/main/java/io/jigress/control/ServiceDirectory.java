package io.jigress.control;

import io.jigress.config.Endpoint;
import io.jigress.config.EndpointDirectory;
import io.jigress.config.EndpointRef;
import io.jigress.config.Endpoints;
import io.jigress.control.kinds.Kinds;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// The directory `kubernetes`: the endpoints of Services by [ServiceName], `namespace/service:port`, where the port is the number or the name of a
/// Service port.
///
/// Only watched Services are computed, and only those affected by a change. [#changed] is for one thread, on which listeners are also called;
/// the first state is delivered on the thread that calls [#watch].
public final class ServiceDirectory implements EndpointDirectory, ResourceFollower {
    public static final String NAME = "kubernetes";

    private static final String SERVICE_LABEL = "kubernetes.io/service-name";
    private static final String IMPORT_LABEL = "multicluster.kubernetes.io/service-name";

    /// By `namespace/name`: the Services of this name in all clusters. Guarded by this.
    private final Map<String, Namesakes> services = new HashMap<>();
    /// The Service that a slice was last assigned to. Guarded by this.
    private final Map<ResourceKey, Filed> owners = new HashMap<>();

    /// @param service,imported `namespace/name`; null for none
    private record Filed(@Nullable String service, @Nullable String imported) {}

    private static final class Namesakes {
        /// By cluster, ordered.
        final TreeMap<String, Entry> entries = new TreeMap<>();
        final List<Listening> watches = new ArrayList<>();

        Entry entry(String cluster) {
            return entries.computeIfAbsent(cluster, _ -> new Entry());
        }
    }

    /// The Service, or the ServiceImport, of one cluster.
    private static final class Entry {
        @Nullable Resource service;
        @Nullable Resource imported;
        boolean exported;
        /// Ordered, so that the result does not depend on the order in which slices arrive.
        final TreeMap<ResourceKey, Resource> slices = new TreeMap<>();
        final TreeMap<ResourceKey, Resource> importedSlices = new TreeMap<>();

        boolean isEmpty() {
            return service == null && imported == null && !exported && slices.isEmpty() && importedSlices.isEmpty();
        }

        Endpoints own(String port) {
            Resource known = service;
            return known == null ? Endpoints.UNKNOWN : new Endpoints(ServiceEndpoints.of(known, slices.values(), port), true);
        }
    }

    private static final class Listening {
        final ServiceName name;
        final Consumer<Endpoints> listener;
        Endpoints last = Endpoints.UNKNOWN;

        Listening(ServiceName name, Consumer<Endpoints> listener) {
            this.name = name;
            this.listener = listener;
        }
    }

    /// Whether a change of this object can change endpoints.
    @Override
    public boolean concerns(ResourceKey key) {
        return isService(key) || isSlice(key) || isImport(key) || isExport(key);
    }

    /// Whether a change of this object can change endpoints and nothing else.
    public static boolean isSlice(ResourceKey key) {
        return key.kind().equals("EndpointSlice") && key.group().equals("discovery.k8s.io");
    }

    private static boolean isService(ResourceKey key) {
        return key.kind().equals("Service") && key.group().isEmpty();
    }

    private static boolean isImport(ResourceKey key) {
        return Kinds.is(key, Kinds.MULTICLUSTER, "ServiceImport");
    }

    private static boolean isExport(ResourceKey key) {
        return Kinds.is(key, Kinds.MULTICLUSTER, "ServiceExport");
    }

    @Override
    public synchronized Watch watch(EndpointRef.Named named, Consumer<Endpoints> listener) {
        ServiceName name = ServiceName.parse(named.name());
        if (!named.directory().equals(NAME) || name == null) {
            throw new IllegalArgumentException("name is " + named + " (expected: " + NAME + " namespace/service:port)");
        }
        Namesakes namesakes = services.computeIfAbsent(name.service(), _ -> new Namesakes());
        Listening listening = new Listening(name, listener);
        namesakes.watches.add(listening);
        listening.last = endpoints(namesakes, name);
        listener.accept(listening.last);
        return () -> forget(namesakes, listening);
    }

    private synchronized void forget(Namesakes namesakes, Listening listening) {
        namesakes.watches.remove(listening);
        tidy(listening.name.service(), namesakes);
    }

    /// Applies changed objects (null: it was removed) and notifies the watchers of each Service once. Kinds that do not affect endpoints are
    /// ignored.
    @Override
    public synchronized void changed(Map<ResourceKey, ? extends @Nullable Resource> changes) {
        Map<String, Namesakes> touched = new HashMap<>();
        changes.forEach((key, resource) -> {
            if (isSlice(key)) {
                file(key, resource, touched);
            } else if (concerns(key)) {
                Entry entry = touch(touched, key.in("").path()).entry(key.cluster());
                if (isService(key)) {
                    entry.service = resource;
                } else if (isImport(key)) {
                    entry.imported = resource;
                } else {
                    entry.exported = resource != null;
                }
            }
        });
        touched.forEach((name, namesakes) -> {
            tell(namesakes);
            tidy(name, namesakes);
        });
    }

    private Namesakes touch(Map<String, Namesakes> touched, String name) {
        Namesakes namesakes = services.computeIfAbsent(name, _ -> new Namesakes());
        touched.put(name, namesakes);
        return namesakes;
    }

    private void file(ResourceKey key, @Nullable Resource slice, Map<String, Namesakes> touched) {
        Filed before = owners.remove(key);
        if (before != null && before.service != null) {
            touch(touched, before.service).entry(key.cluster()).slices.remove(key);
        }
        if (before != null && before.imported != null) {
            touch(touched, before.imported).entry(key.cluster()).importedSlices.remove(key);
        }
        if (slice == null) {
            return;
        }
        Filed now = new Filed(owner(key, slice, SERVICE_LABEL), owner(key, slice, IMPORT_LABEL));
        if (now.service != null || now.imported != null) {
            owners.put(key, now);
        }
        if (now.service != null) {
            touch(touched, now.service).entry(key.cluster()).slices.put(key, slice);
        }
        if (now.imported != null) {
            touch(touched, now.imported).entry(key.cluster()).importedSlices.put(key, slice);
        }
    }

    private static @Nullable String owner(ResourceKey slice, Resource resource, String label) {
        String service = ServiceEndpoints.label(resource, label);
        return service == null ? null : slice.namespace() + "/" + service;
    }

    private void tell(Namesakes namesakes) {
        for (Listening listening : List.copyOf(namesakes.watches)) {
            Endpoints now = endpoints(namesakes, listening.name);
            if (!now.equals(listening.last)) {
                listening.last = now;
                listening.listener.accept(now);
            }
        }
    }

    private void tidy(String name, Namesakes namesakes) {
        namesakes.entries.values().removeIf(Entry::isEmpty);
        if (namesakes.entries.isEmpty() && namesakes.watches.isEmpty()) {
            services.remove(name, namesakes);
        }
    }

    private static Endpoints endpoints(Namesakes namesakes, ServiceName name) {
        Entry own = namesakes.entries.get(name.cluster());
        if (own == null) {
            return Endpoints.UNKNOWN;
        }
        return switch (name.reach()) {
            case OWN -> own.own(name.port());
            case OWN_FIRST -> {
                Endpoints near = own.own(name.port());
                yield near.known() ? after(near, all(namesakes, name.port(), false)) : near;
            }
            case ALL -> own.service == null ? Endpoints.UNKNOWN : all(namesakes, name.port(), false);
            case IMPORT -> {
                Resource imported = own.imported;
                if (imported == null) {
                    yield Endpoints.UNKNOWN;
                }
                yield own.importedSlices.isEmpty()
                        ? all(namesakes, name.port(), true)
                        : new Endpoints(ServiceEndpoints.of(imported, own.importedSlices.values(), name.port()), true);
            }
        };
    }

    /// The first endpoints, and after them the others: an API server that is gone does not tell that the endpoints of its cluster are gone too.
    private static Endpoints after(Endpoints first, Endpoints all) {
        if (first.endpoints().isEmpty()) {
            return all;
        }
        Set<Endpoint> others = new LinkedHashSet<>(all.endpoints());
        first.endpoints().forEach(others::remove);
        if (others.isEmpty()) {
            return first;
        }
        List<Endpoint> both = new ArrayList<>(first.endpoints());
        others.forEach(other -> both.add(other.after(1)));
        return new Endpoints(both, true);
    }

    /// The endpoints of all clusters.
    ///
    /// @param exported only of those that export the Service
    private static Endpoints all(Namesakes namesakes, String port, boolean exported) {
        Set<Endpoint> all = new LinkedHashSet<>();
        namesakes.entries.values().stream().filter(entry -> entry.exported || !exported)
                .forEach(entry -> all.addAll(entry.own(port).endpoints()));
        return new Endpoints(List.copyOf(all), true);
    }
}
