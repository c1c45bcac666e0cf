package io.jigress.proxy;

import io.jigress.config.Endpoint;
import io.jigress.config.EndpointDirectory;
import io.jigress.config.EndpointRef;
import io.jigress.config.Endpoints;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/// Endpoints by name, as a test publishes them; a name is unknown until then. Thread-safe.
public final class TestDirectory implements EndpointDirectory {
    private final Map<String, Endpoints> present = new HashMap<>();
    private final Map<String, List<Consumer<Endpoints>>> listeners = new HashMap<>();

    public static EndpointRef named(String name) {
        return new EndpointRef.Named("test", name);
    }

    /// Publishes the endpoints to all watchers; without addresses: the name is known to have none.
    public synchronized void push(String name, InetSocketAddress... addresses) {
        List<Endpoint> endpoints = new ArrayList<>();
        for (InetSocketAddress address : addresses) {
            endpoints.add(Endpoint.of(address.getAddress().getHostAddress(), address.getPort()));
        }
        Endpoints now = new Endpoints(endpoints, true);
        present.put(name, now);
        List.copyOf(listeners.getOrDefault(name, List.of())).forEach(listener -> listener.accept(now));
    }

    public synchronized boolean watched(String name) {
        return !listeners.getOrDefault(name, List.of()).isEmpty();
    }

    @Override
    public synchronized Watch watch(EndpointRef.Named name, Consumer<Endpoints> listener) {
        listeners.computeIfAbsent(name.name(), _ -> new ArrayList<>()).add(listener);
        listener.accept(present.getOrDefault(name.name(), Endpoints.UNKNOWN));
        return () -> forget(name.name(), listener);
    }

    private synchronized void forget(String name, Consumer<Endpoints> listener) {
        listeners.getOrDefault(name, List.of()).remove(listener);
    }
}
