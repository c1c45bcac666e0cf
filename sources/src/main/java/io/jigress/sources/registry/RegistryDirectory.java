package io.jigress.sources.registry;

import io.jigress.api.Json;
import io.jigress.config.Endpoint;
import io.jigress.config.EndpointDirectory;
import io.jigress.config.EndpointRef;
import io.jigress.config.Endpoints;
import io.jigress.control.Problem;
import io.jigress.control.RegistryService;
import io.jigress.control.RegistrySettings;
import io.jigress.control.ResourceKey;
import io.jigress.control.kinds.Kinds;
import io.jigress.control.kinds.Registry;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The directory `registry`: the endpoints of registered services, by the text of a [RegistryService].
///
/// A service is followed from its first watch to the end of its last one, by the client of its registry, which is open as long as one of its
/// services is followed. Pushed lists reach the watchers at once. When a registry does not respond, the last list stays in use. An empty list
/// replaces a non-empty one only after `registry.empty.keep`, since a registry that lost its data looks the same as a service without
/// instances.
///
/// All state belongs to one thread, on which watchers are also called. The methods are for any thread and do not wait.
public final class RegistryDirectory implements EndpointDirectory, AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(RegistryDirectory.class);
    /// How often the connections are checked, for the log.
    private static final Duration LOOK = Duration.ofSeconds(1);
    private static final Duration LAST_WRITE = Duration.ofSeconds(5);

    private final Map<Registry.Type, RegistryClient.Factory> factories;
    private final Duration emptyKeep;
    private final RegistryLoop loop;
    private final SavedEndpoints state;
    /// The lists of an earlier run of services that are not followed yet. Only on the loop.
    private final Map<String, List<Endpoint>> saved = new HashMap<>();
    private final SavedEndpointsWriter writer;
    /// By `namespace/name`. Written on the loop.
    private final Map<String, Known> registries = new ConcurrentSkipListMap<>();

    /// A registry that is configured, or that a watcher names.
    private static final class Known {
        final String name;
        /// By text. Written on the loop.
        final Map<String, FollowedService> services = new ConcurrentSkipListMap<>();
        /// Only on the loop.
        final Map<RegistryText, FollowedText> texts = new HashMap<>();
        volatile @Nullable RegistrySettings settings;
        volatile @Nullable RegistryClient client;
        RegistryClient.@Nullable State logged;

        Known(String name) {
            this.name = name;
        }

        String fault() {
            RegistrySettings now = settings;
            return now == null ? "there is no Registry " + name : now.fault();
        }
    }

    /// @param factories the clients by type of registry
    /// @param emptyKeep how long the last list is kept when the registry returns an empty list; zero applies an empty list at once
    /// @param state keeps the last lists on disk
    public RegistryDirectory(Map<Registry.Type, RegistryClient.Factory> factories, Duration emptyKeep, SavedEndpoints state) {
        this(factories, emptyKeep, RegistryLoop.start(), state);
    }

    RegistryDirectory(Map<Registry.Type, RegistryClient.Factory> factories, Duration emptyKeep, RegistryLoop loop,
            SavedEndpoints state) {
        this.factories = Map.copyOf(factories);
        this.emptyKeep = emptyKeep;
        this.loop = loop;
        this.state = state;
        this.writer = new SavedEndpointsWriter(state, loop, this::lists);
        saved.putAll(state.load());
    }

    private Map<String, List<Endpoint>> lists() {
        Map<String, List<Endpoint>> lists = new HashMap<>(saved);
        registries.values().forEach(known -> known.services.forEach((text, service) -> {
            if (!service.endpoints().isEmpty()) {
                lists.put(text, service.endpoints());
            }
        }));
        return lists;
    }

    /// A registry was added, changed or removed (null).
    public void configure(ResourceKey key, @Nullable RegistrySettings settings) {
        loop.execute(() -> configured(key.path(), settings));
    }

    private void configured(String name, @Nullable RegistrySettings settings) {
        Known known = registries.computeIfAbsent(name, Known::new);
        if (Objects.equals(known.settings, settings)) {
            return;
        }
        known.settings = settings;
        closeClient(known);
        openIfNeeded(known);
        tidy(known);
    }

    @Override
    public Watch watch(EndpointRef.Named name, Consumer<Endpoints> listener) {
        RegistryService service = RegistryService.parse(name.name());
        if (!name.directory().equals(RegistryService.DIRECTORY) || service == null) {
            throw new IllegalArgumentException(
                    "name is " + name + " (expected: " + RegistryService.DIRECTORY + " namespace/registry/service)");
        }
        AtomicBoolean open = new AtomicBoolean(true);
        // Set and read on the loop.
        Object[] watcher = new Object[1];
        loop.execute(() -> watcher[0] = watched(service, endpoints -> {
            if (open.get()) {
                listener.accept(endpoints);
            }
        }));
        return () -> {
            if (open.getAndSet(false)) {
                loop.execute(() -> unwatched(service, watcher[0]));
            }
        };
    }

    private Object watched(RegistryService service, Consumer<Endpoints> listener) {
        Known known = registries.computeIfAbsent(service.registry(), Known::new);
        FollowedService followed = known.services.get(service.text());
        if (followed == null) {
            List<Endpoint> before = saved.remove(service.text());
            followed = new FollowedService(service, loop, emptyKeep, before == null ? List.of() : before, writer::changed);
            known.services.put(service.text(), followed);
            RegistryClient client = known.client;
            if (client == null) {
                openIfNeeded(known);
            } else {
                client.follow(service, followed.listener());
            }
        }
        return followed.watch(listener);
    }

    private void unwatched(RegistryService service, Object watcher) {
        Known known = registries.get(service.registry());
        FollowedService followed = known == null ? null : known.services.get(service.text());
        if (known == null || followed == null || !followed.unwatch(watcher)) {
            return;
        }
        known.services.remove(service.text());
        followed.close();
        RegistryClient client = known.client;
        if (known.services.isEmpty()) {
            closeClient(known);
        } else if (client != null) {
            client.unfollow(service);
        }
        tidy(known);
    }

    /// Watches a text of a registry. The listener is called when it is known (empty when there is none) and with every change, on the loop.
    /// Texts are read only while a service of the same registry is watched.
    ///
    /// @param registry `namespace/name`
    public Watch watchText(String registry, RegistryText text, Consumer<String> listener) {
        AtomicBoolean open = new AtomicBoolean(true);
        // Set and read on the loop.
        Object[] watcher = new Object[1];
        loop.execute(() -> watcher[0] = watchedText(registry, text, value -> {
            if (open.get()) {
                listener.accept(value);
            }
        }));
        return () -> {
            if (open.getAndSet(false)) {
                loop.execute(() -> unwatchedText(registry, text, watcher[0]));
            }
        };
    }

    private Object watchedText(String registry, RegistryText text, Consumer<String> listener) {
        Known known = registries.computeIfAbsent(registry, Known::new);
        FollowedText followed = known.texts.get(text);
        if (followed == null) {
            followed = new FollowedText(text, loop);
            known.texts.put(text, followed);
            RegistryClient client = known.client;
            if (client != null) {
                client.followText(text, followed.listener());
            }
        }
        return followed.watch(listener);
    }

    private void unwatchedText(String registry, RegistryText text, Object watcher) {
        Known known = registries.get(registry);
        FollowedText followed = known == null ? null : known.texts.get(text);
        if (known == null || followed == null || !followed.unwatch(watcher)) {
            return;
        }
        known.texts.remove(text);
        followed.close();
        RegistryClient client = known.client;
        if (client != null) {
            client.unfollowText(text);
        }
        tidy(known);
    }

    private void openIfNeeded(Known known) {
        RegistrySettings settings = known.settings;
        Registry.Type type = settings == null ? null : settings.registry().type();
        if (known.services.isEmpty()) {
            return;
        }
        RegistryClient.Factory factory = type == null || !known.fault().isEmpty() ? null : factories.get(type);
        if (settings == null || factory == null) {
            String why = known.fault().isEmpty() ? "there is no client for registries of this type" : known.fault();
            known.services.values().forEach(service -> service.failed(why));
            return;
        }
        RegistryClient client;
        try {
            client = factory.open(settings);
        } catch (RuntimeException | LinkageError e) {
            log.error("the client of Registry {} could not be made", known.name, e);
            known.services.values().forEach(service -> service.failed("the client could not be made: " + e));
            return;
        }
        known.client = client;
        known.services.values().forEach(service -> client.follow(service.service(), service.listener()));
        known.texts.values().forEach(text -> client.followText(text.text(), text.listener()));
        loop.schedule(LOOK, () -> look(known, client));
    }

    private void closeClient(Known known) {
        RegistryClient client = known.client;
        if (client != null) {
            known.client = null;
            known.logged = null;
            client.close();
        }
    }

    private void tidy(Known known) {
        if (known.settings == null && known.services.isEmpty() && known.texts.isEmpty()) {
            registries.remove(known.name, known);
        }
    }

    /// Logs when a connection was made or lost.
    private void look(Known known, RegistryClient client) {
        if (known.client != client) {
            return;
        }
        RegistryClient.State now = client.state();
        RegistryClient.State before = known.logged;
        known.logged = now;
        if (now.connected() && (before == null || !before.connected())) {
            log.info("Registry {}: connected, services followed {}", known.name, known.services.size());
        } else if (!now.connected() && (before == null || before.connected() || !before.error().equals(now.error()))) {
            log.warn("Registry {}: not connected{}; the last known instances stay in use", known.name,
                    now.error().isEmpty() ? "" : ": " + now.error());
        } else if (!now.error().isEmpty() && (before == null || !before.error().equals(now.error()))) {
            log.warn("Registry {}: {}; the last known instances stay in use", known.name, now.error());
        }
        loop.schedule(LOOK, () -> look(known, client));
    }

    /// The problems of registries: those that a route needs and that are not connected, or refuse requests.
    public List<Problem> problems() {
        List<Problem> problems = new ArrayList<>();
        for (Known known : registries.values()) {
            RegistryClient client = known.client;
            RegistrySettings settings = known.settings;
            RegistryClient.State state = client == null ? null : client.state();
            if (settings != null && state != null && !state.error().isEmpty()) {
                problems.add(new Problem(key(known.name), settings.source(), "spec.servers",
                        "is " + settings.registry().servers() + ": " + state.error(), "a registry that answers",
                        Problem.Severity.ERROR));
            }
        }
        return problems;
    }

    private static ResourceKey key(String name) {
        return ResourceKey.ofPath(Kinds.JIGRESS, "Registry", name);
    }

    /// All registries with their services.
    public Json json() {
        List<Json> all = new ArrayList<>();
        for (Known known : registries.values()) {
            Json.Builder out = summary(known);
            out.put("services", Json.array(known.services.values().stream().map(FollowedService::json).toList()));
            all.add(out.build());
        }
        return Json.object().put("registries", Json.array(all)).build();
    }

    /// One service and its registry, for `explain`; null when it is not followed.
    ///
    /// @param name the text of a [RegistryService]
    public @Nullable Json json(String name) {
        RegistryService service = RegistryService.parse(name);
        Known known = service == null ? null : registries.get(service.registry());
        FollowedService followed = service == null || known == null ? null : known.services.get(service.text());
        if (known == null || followed == null) {
            return null;
        }
        Json.Builder out = summary(known);
        if (followed.json() instanceof Json.Obj(var members)) {
            members.forEach(out::put);
        }
        return out.build();
    }

    private static Json.Builder summary(Known known) {
        RegistrySettings settings = known.settings;
        RegistryClient client = known.client;
        Json.Builder out = Json.object().put("registry", known.name);
        if (settings != null && settings.registry().type() != null) {
            out.put("type", settings.registry().type().word())
                    .put("servers", Json.array(settings.registry().servers().stream().map(Json::of).toList()));
        }
        if (client == null) {
            out.put("connection", known.services.isEmpty() ? "unused" : "none");
            if (!known.fault().isEmpty()) {
                out.put("connectionError", known.fault());
            }
            return out;
        }
        RegistryClient.State state = client.state();
        out.put("connection", state.connected() ? "connected" : "not connected");
        if (!state.error().isEmpty()) {
            out.put("connectionError", state.error());
        }
        return out;
    }

    /// Closes all connections; watchers are not called any more. If lists are kept, waits for the last write, at most five seconds.
    @Override
    public void close() {
        CountDownLatch ended = new CountDownLatch(1);
        loop.execute(() -> {
            writer.finish(LAST_WRITE);
            registries.values().forEach(known -> {
                known.services.values().forEach(FollowedService::close);
                known.texts.values().forEach(FollowedText::close);
                closeClient(known);
            });
            registries.clear();
            loop.close();
            ended.countDown();
        });
        if (state.isKept()) {
            try {
                ended.await(LAST_WRITE.toMillis(), TimeUnit.MILLISECONDS);
            } catch (InterruptedException _) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
