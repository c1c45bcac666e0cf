package io.jigress.app;

import io.jigress.api.Json;
import io.jigress.app.explain.Question;
import io.jigress.app.run.Ground;
import io.jigress.app.run.Wiring;
import io.jigress.app.settings.CannotStart;
import io.jigress.app.settings.KnownSettings;
import io.jigress.app.settings.ListenAddress;
import io.jigress.app.settings.Setting.Machine;
import io.jigress.app.settings.Settings;
import io.jigress.app.sources.Places;
import io.jigress.config.GatewayConfig;
import io.jigress.config.Listener;
import io.jigress.config.PersistentMap;
import io.jigress.control.Problem;
import io.jigress.control.Resource;
import io.jigress.control.ResourceKey;
import io.jigress.control.ResourceSource;
import io.jigress.proxy.Gateway;
import io.jigress.sources.manifest.Manifest;
import io.jigress.sources.manifest.ManifestReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;

/// A complete gateway for a test: real sockets on free ports, configured with YAML, wired as in the program.
///
/// The YAML names ports as users do (8080); each is opened as a free port on the loopback address, which [#port] returns. For one thread.
///
/// ```java
/// try (TestGateway gateway = TestGateway.start()) {
///     gateway.apply("""
///             kind: …""");
///     TestClient.get(gateway.port(8080), "/cart");
/// }
/// ```
public final class TestGateway implements AutoCloseable {
    private static final long PATIENCE_SECONDS = 20;
    /// The name of the only file, as in problems.
    private static final String SOURCE = "test.yaml";

    private final Map<Integer, String> listeners;
    private final Wiring wiring;

    private TestGateway(Map<Integer, String> listeners, Wiring wiring) {
        this.listeners = listeners;
        this.wiring = wiring;
    }

    /// A Gateway with one HTTP listener on port 8080, and an HTTPRoute `shop` that sends all requests to one backend.
    static String shop(String backendRef) {
        return """
                apiVersion: gateway.networking.k8s.io/v1
                kind: Gateway
                metadata: {name: main}
                spec:
                  gatewayClassName: jigress
                  listeners: [{name: http, port: 8080, protocol: HTTP}]
                ---
                apiVersion: gateway.networking.k8s.io/v1
                kind: HTTPRoute
                metadata: {name: shop}
                spec:
                  parentRefs: [{name: main}]
                  rules: [{backendRefs: [%s]}]
                """.formatted(backendRef);
    }

    /// A gateway with two event loops and without a configuration.
    public static TestGateway start() {
        return start(Map.of());
    }

    /// @param settings by name: `timeouts.client.idle` → `1s`
    public static TestGateway start(Map<String, String> settings) {
        Settings all = Settings.defaults(new Machine(2, 512 << 20))
                .with(KnownSettings.ADMIN_ADDRESS, new ListenAddress("127.0.0.1", 0), "TestGateway")
                .with(KnownSettings.LOG_LEVEL, KnownSettings.LogLevel.WARN, "TestGateway");
        for (Map.Entry<String, String> setting : settings.entrySet()) {
            all = Objects.requireNonNull(
                    all.withText(KnownSettings.named(setting.getKey()).orElseThrow(), setting.getValue(), "TestGateway"),
                    setting::toString);
        }
        Map<Integer, String> listeners = new ConcurrentHashMap<>();
        try {
            return new TestGateway(listeners, Wiring.start(all, Path.of(""),
                    new Ground(new Nothing(), null, Places.none(), config -> onFreePorts(config, listeners))));
        } catch (CannotStart e) {
            throw new AssertionError(e.why(), e);
        }
    }

    /// The state before the first [#apply].
    private record Nothing() implements ResourceSource {
        @Override
        public void start(Sink sink) {}

        @Override
        public void close() {}
    }

    private static GatewayConfig onFreePorts(GatewayConfig config, Map<Integer, String> listeners) {
        listeners.clear();
        List<Listener> free = new ArrayList<>();
        config.listeners().forEach((name, listener) -> {
            listeners.put(listener.port(), name);
            free.add(new Listener(name, "127.0.0.1", 0, listener.publicPort(), listener.traffic(),
                    listener.proxyProtocol()));
        });
        PersistentMap<String, Listener> map = PersistentMap.empty();
        for (Listener listener : free) {
            map = map.with(listener.name(), listener);
        }
        return new GatewayConfig(map, config.clusters());
    }

    /// Adds or replaces the objects of a YAML text; returns when they are live. Problems are not failures: see [#problems].
    public TestGateway apply(String yaml) {
        settle(wiring.reconciler().submit("test", read(yaml), List.of(), Map.of()));
        return this;
    }

    /// Removes the objects that a YAML text names; returns when they are removed.
    public TestGateway delete(String yaml) {
        List<ResourceSource.Deletion> gone = read(yaml).stream()
                .map(resource -> new ResourceSource.Deletion(resource.key(), SOURCE)).toList();
        settle(wiring.reconciler().submit("test", List.of(), gone, Map.of()));
        return this;
    }

    private static List<Resource> read(String yaml) {
        Manifest manifest = ManifestReader.read(SOURCE, yaml.getBytes(StandardCharsets.UTF_8));
        if (!manifest.problems().isEmpty()) {
            throw new IllegalArgumentException("the test's YAML cannot be read: " + manifest.problems());
        }
        return manifest.resources();
    }

    private static void settle(CompletionStage<Long> live) {
        try {
            live.toCompletableFuture().get(PATIENCE_SECONDS, TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            throw new AssertionError("it could not be made live", e.getCause());
        } catch (TimeoutException _) {
            throw new AssertionError("it was not live within " + PATIENCE_SECONDS + " s");
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
            throw new AssertionError("interrupted");
        }
    }

    /// The real port behind one that the YAML names.
    public int port(int written) {
        String listener = listeners.get(written);
        if (listener == null) {
            throw new AssertionError("nothing listens on " + written + " (expected: one of " + listeners.keySet() + ")");
        }
        return wiring.gateway().boundPort(listener);
    }

    /// The admin port.
    public int adminPort() {
        return wiring.adminAddress().orElseThrow().getPort();
    }

    public List<Problem> problems() {
        return wiring.live().problems();
    }

    /// The status of a Plugin of the namespace `default`, as its source is told; empty when there is none.
    public String pluginStatus(String name) {
        Json status = wiring.live().translation().statuses().get(ResourceKey.ofPath("jigress.io", "Plugin", "default/" + name));
        return status == null ? "" : status.toString();
    }

    /// Explains a request: `GET`, `http://shop.example/cart`, `x-user: 7`.
    public Json explain(String method, String url, String... headers) {
        return wiring.explain(Question.read(method, url, List.of(headers)).question());
    }

    public Gateway gateway() {
        return wiring.gateway();
    }

    /// Waits, without a processor, until the filters of the configuration are ready or could not be made: compilers run with a low priority.
    public void awaitFilters() {
        while (gateway().waiting() > 0) {
            LockSupport.parkNanos(5_000_000);
        }
    }

    /// Acts as SIGTERM: returns when the gateway has ended.
    public void drain() {
        wiring.drain();
    }

    @Override
    public void close() {
        wiring.close();
    }
}
