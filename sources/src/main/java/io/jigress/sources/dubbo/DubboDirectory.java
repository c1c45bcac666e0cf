package io.jigress.sources.dubbo;

import io.jigress.api.Json;
import io.jigress.api.JsonReader;
import io.jigress.config.Endpoint;
import io.jigress.config.EndpointDirectory;
import io.jigress.config.EndpointRef;
import io.jigress.config.Endpoints;
import io.jigress.control.JsonParser;
import io.jigress.control.RegistryService;
import io.jigress.sources.registry.RegistryDirectory;
import io.jigress.sources.registry.RegistryText;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// The directory `dubbo`: the providers of Dubbo interfaces, by the text of a [RegistryService] whose name is the interface.
///
/// Providers register interfaces, or applications together with a mapping from interfaces to applications, or both. All of them are used, each
/// address once. The type definitions that a provider publishes for the interface are passed on.
public final class DubboDirectory implements EndpointDirectory {
    /// The limit of applications in which one interface is looked up.
    private static final int APPLICATIONS = 32;
    private static final int MAX_DEFINITION = 4 << 20;

    private final RegistryDirectory registries;
    private final BiConsumer<String, @Nullable Json> definitions;
    /// The number of watchers of a name. Guarded by this.
    private final Map<String, Integer> watched = new HashMap<>();

    /// @param definitions is called with what providers publish for a watched name, and with null when its last watcher has ended; on any
    /// thread
    public DubboDirectory(RegistryDirectory registries, BiConsumer<String, @Nullable Json> definitions) {
        this.registries = registries;
        this.definitions = definitions;
    }

    @Override
    public Watch watch(EndpointRef.Named name, Consumer<Endpoints> listener) {
        RegistryService service = RegistryService.parse(name.name());
        if (!name.directory().equals(RegistryService.DUBBO) || service == null) {
            throw new IllegalArgumentException(
                    "name is " + name + " (expected: " + RegistryService.DUBBO + " namespace/registry/interface)");
        }
        synchronized (this) {
            watched.merge(name.name(), 1, Integer::sum);
        }
        Providers providers = new Providers(service, name.name(), listener);
        providers.begin();
        return () -> end(name.name(), providers);
    }

    private void end(String name, Providers providers) {
        if (!providers.close()) {
            return;
        }
        boolean last;
        synchronized (this) {
            last = watched.merge(name, -1, Integer::sum) == 0;
            if (last) {
                watched.remove(name);
            }
        }
        if (last) {
            definitions.accept(name, null);
        }
    }

    /// The providers of one interface. Guarded by itself.
    private final class Providers {
        private final RegistryService service;
        private final String name;
        private final String protocol;
        private final Consumer<Endpoints> listener;
        private final List<Watch> watches = new ArrayList<>();
        private final Map<String, Endpoints> applications = new TreeMap<>();
        private final Map<String, String> published = new TreeMap<>();
        private final TreeSet<String> asked = new TreeSet<>();
        private Endpoints byInterface = Endpoints.UNKNOWN;
        private boolean mapped;
        private boolean closed;
        private boolean told;
        private @Nullable String definition;

        Providers(RegistryService service, String name, Consumer<Endpoints> listener) {
            this.service = service;
            this.name = name;
            this.protocol = service.parameter("protocol").isEmpty() ? "dubbo" : service.parameter("protocol");
            this.listener = listener;
        }

        void begin() {
            keep(registries.watch(new EndpointRef.Named(RegistryService.DIRECTORY, byInterface(service).text()),
                    this::interfaceChanged));
            String given = service.parameter("applications");
            if (given.isEmpty()) {
                keep(registries.watchText(service.registry(), RegistryText.mapping(service.name()), this::mappingChanged));
            } else {
                mappingChanged(given);
            }
        }

        private void keep(Watch watch) {
            boolean late;
            synchronized (this) {
                late = closed;
                if (!late) {
                    watches.add(watch);
                }
            }
            if (late) {
                watch.close();
            }
        }

        /// False when it is closed already.
        boolean close() {
            List<Watch> all;
            synchronized (this) {
                if (closed) {
                    return false;
                }
                closed = true;
                all = List.copyOf(watches);
                watches.clear();
            }
            // The registrations are closed last: the texts end with the client, which exists as long as a registration is followed.
            all.reversed().forEach(Watch::close);
            return true;
        }

        private void interfaceChanged(Endpoints endpoints) {
            TreeSet<String> found = new TreeSet<>();
            endpoints.endpoints().forEach(endpoint -> found.add(endpoint.labels().getOrDefault("application", "")));
            found.remove("");
            synchronized (this) {
                byInterface = endpoints;
            }
            found.forEach(this::askDefinition);
            publish();
        }

        private void mappingChanged(String text) {
            List<String> names = Arrays.stream(text.split(",", -1)).map(String::strip).filter(one -> !one.isEmpty()).distinct()
                    .limit(APPLICATIONS).toList();
            List<String> added = new ArrayList<>();
            synchronized (this) {
                mapped = true;
                for (String application : names) {
                    if (applications.putIfAbsent(application, Endpoints.UNKNOWN) == null) {
                        added.add(application);
                    }
                }
            }
            for (String application : added) {
                keep(registries.watch(new EndpointRef.Named(RegistryService.DIRECTORY, ofApplication(application).text()),
                        endpoints -> applicationChanged(application, endpoints)));
                askDefinition(application);
            }
            publish();
        }

        private RegistryService ofApplication(String application) {
            SortedMap<String, String> parameters = new TreeMap<>(service.parameters());
            parameters.keySet().removeAll(List.of("group", "version", "applications", "protocol"));
            parameters.put("dubbo", "application");
            return new RegistryService(service.registry(), application, parameters);
        }

        private void applicationChanged(String application, Endpoints endpoints) {
            synchronized (this) {
                applications.put(application, new Endpoints(endpoints.endpoints().stream().map(endpoint -> of(protocol, endpoint))
                        .filter(endpoint -> endpoint.port() > 0).toList(), endpoints.known()));
            }
            publish();
        }

        private void publish() {
            Map<String, Endpoint> all = new LinkedHashMap<>();
            synchronized (this) {
                if (closed) {
                    return;
                }
                byInterface.endpoints().stream()
                        .filter(endpoint -> endpoint.labels().getOrDefault("protocol", "dubbo").equals(protocol))
                        .forEach(endpoint -> all.put(endpoint.address() + " " + endpoint.port(), endpoint));
                applications.values().forEach(endpoints -> endpoints.endpoints()
                        .forEach(endpoint -> all.putIfAbsent(endpoint.address() + " " + endpoint.port(), endpoint)));
                boolean complete = byInterface.known() && mapped && applications.values().stream().allMatch(Endpoints::known);
                // A route goes live when its types are known, or are known not to exist.
                boolean typed = published.size() == asked.size();
                if (!told && !(complete || !all.isEmpty()) || !told && !typed) {
                    return;
                }
                told = true;
                listener.accept(new Endpoints(List.copyOf(all.values()), true));
            }
        }

        // ---- types

        private void askDefinition(String application) {
            synchronized (this) {
                if (closed || asked.size() == APPLICATIONS || !asked.add(application)) {
                    return;
                }
            }
            RegistryText text = RegistryText.definition(service.name(), service.parameter("version"), service.parameter("group"),
                    application);
            keep(registries.watchText(service.registry(), text, value -> defined(application, value)));
        }

        private void defined(String application, String text) {
            Json json = null;
            synchronized (this) {
                if (closed) {
                    return;
                }
                published.put(application, text.length() > MAX_DEFINITION ? "" : text);
                String first = published.values().stream().filter(one -> !one.isEmpty()).findFirst().orElse("");
                if (published.size() == asked.size() && !first.equals(definition)) {
                    definition = first;
                    json = JsonParser
                            .parse(first.getBytes(StandardCharsets.UTF_8)) instanceof JsonParser.Result.Parsed(Json parsed)
                                    ? parsed
                                    : Json.Obj.EMPTY;
                }
            }
            if (json != null) {
                definitions.accept(name, json);
            }
            publish();
        }
    }

    /// The name in the directory `registry` under which the registrations of the interface itself are followed.
    ///
    /// @param name in this directory
    public static String byInterface(String name) {
        RegistryService service = RegistryService.parse(name);
        return service == null ? name : byInterface(service).text();
    }

    private static RegistryService byInterface(RegistryService service) {
        SortedMap<String, String> parameters = new TreeMap<>(service.parameters());
        parameters.remove("applications");
        return new RegistryService(service.registry(), service.name(), parameters);
    }

    /// The endpoint at which an instance of an application serves a protocol, with port 0 when there is none. The metadata of an instance lists
    /// protocols and ports; without such metadata, it is the registered port.
    static Endpoint of(String protocol, Endpoint instance) {
        String spoken = instance.labels().get("dubbo.endpoints");
        if (spoken == null) {
            return instance;
        }
        int port = 0;
        if (JsonParser.parse(spoken.getBytes(StandardCharsets.UTF_8)) instanceof JsonParser.Result.Parsed(Json json)) {
            JsonReader reader = JsonReader.of("", Json.object().put("endpoints", json).build());
            for (JsonReader endpoint : reader.objects("endpoints")) {
                if (port == 0 && endpoint.text("protocol", "").equals(protocol)) {
                    port = (int) endpoint.integer("port", 0, 1, 65_535);
                }
            }
        }
        return new Endpoint(instance.address(), port, instance.weight(), instance.zone(), instance.labels());
    }
}
