package io.jigress.sources.consul;

import io.jigress.api.Json;
import io.jigress.api.JsonReader;
import io.jigress.control.RegistryService;
import io.jigress.control.RegistrySettings;
import io.jigress.sources.registry.HttpAsker;
import io.jigress.sources.registry.HttpAsker.Answer;
import io.jigress.sources.registry.Instance;
import io.jigress.sources.registry.RegistryClient;
import io.jigress.sources.registry.RegistryTls;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// Follows services of a Consul agent by blocking queries of `/v1/health/service`: each is answered when the service changes, and repeated
/// at once (https://developer.hashicorp.com/consul/api-docs/features/blocking).
public final class ConsulRegistryClient implements RegistryClient {
    /// How long the agent holds a query when nothing changes; the agent adds up to a sixteenth.
    private static final Duration WAIT = Duration.ofSeconds(55);
    private static final Duration TIMEOUT = Duration.ofSeconds(70);
    private static final long MOST_INDEX = Long.MAX_VALUE;

    private final HttpAsker asker;
    private final String datacenter;
    /// Guarded by this.
    private final Map<RegistryService, Query> queries = new HashMap<>();

    /// Opens a client; see [RegistryClient.Factory].
    public static RegistryClient open(RegistrySettings settings) {
        return new ConsulRegistryClient(settings);
    }

    private ConsulRegistryClient(RegistrySettings settings) {
        String token = settings.credential("token");
        List<String> servers = settings.registry().servers();
        asker = new HttpAsker("consul-" + servers.getFirst(), servers,
                token.isEmpty() ? Map.of() : Map.of("x-consul-token", token), RegistryTls.context(settings));
        datacenter = settings.registry().option("datacenter");
    }

    @Override
    public void follow(RegistryService service, Listener listener) {
        Query query = new Query(service, listener);
        synchronized (this) {
            queries.put(service, query);
        }
        query.ask();
    }

    @Override
    public synchronized void unfollow(RegistryService service) {
        Query query = queries.remove(service);
        if (query != null) {
            query.ended = true;
        }
    }

    @Override
    public State state() {
        return asker.state();
    }

    @Override
    public synchronized void close() {
        queries.values().forEach(query -> query.ended = true);
        asker.close();
    }

    /// The repeated query for one service; one at a time.
    private final class Query {
        final RegistryService service;
        final Listener listener;
        volatile boolean ended;
        private long index;
        private int failures;

        Query(RegistryService service, Listener listener) {
            this.service = service;
            this.listener = listener;
        }

        void ask() {
            if (!ended) {
                asker.get(target(), TIMEOUT, this::answered);
            }
        }

        private String target() {
            StringBuilder target = new StringBuilder("/v1/health/service/").append(escaped(service.name()).replace("+", "%20"))
                    .append("?index=").append(index).append("&wait=").append(WAIT.toSeconds()).append('s');
            String center = service.parameter("datacenter").isEmpty() ? datacenter : service.parameter("datacenter");
            if (!center.isEmpty()) {
                target.append("&dc=").append(escaped(center));
            }
            if (!service.parameter("tag").isEmpty()) {
                target.append("&tag=").append(escaped(service.parameter("tag")));
            }
            return target.toString();
        }

        private static String escaped(String text) {
            return URLEncoder.encode(text, StandardCharsets.UTF_8);
        }

        private void answered(Answer answer) {
            if (ended) {
                return;
            }
            switch (answer) {
                case Answer.Got(Json json, var headers) -> {
                    long next = headers.firstValue("x-consul-index").filter(text -> text.matches("\\d{1,18}"))
                            .map(Long::parseLong)
                            .orElse(0L);
                    boolean changed = next != index || index == 0;
                    // A lower index comes from another server, or from one that was restored from a backup.
                    index = next < index ? 0 : Math.clamp(next, 1, MOST_INDEX);
                    if (!(json instanceof Json.Arr(var entries))) {
                        failed("answered with something that is not a list of instances");
                        return;
                    }
                    failures = 0;
                    if (changed) {
                        listener.instances(instances(entries));
                    }
                    if (next == 0) {
                        // The server did not hold the query: the next one is delayed.
                        asker.after(Duration.ofSeconds(1), this::ask);
                    } else {
                        ask();
                    }
                }
                case Answer.Absent _ -> failed("404: no such page");
                case Answer.Failed(String why, _) -> failed(why);
            }
        }

        private void failed(String why) {
            listener.failed(why);
            index = 0;
            asker.retry(++failures, this::ask);
        }
    }

    static List<Instance> instances(List<Json> entries) {
        List<Instance> instances = new ArrayList<>(entries.size());
        for (Json entry : entries) {
            JsonReader reader = JsonReader.of("", entry);
            JsonReader service = reader.object("Service");
            JsonReader node = reader.object("Node");
            boolean critical = false;
            boolean warning = false;
            boolean maintenance = false;
            for (JsonReader check : reader.objects("Checks")) {
                String status = check.text("Status", "");
                boolean operator = check.text("CheckID", "").startsWith("_service_maintenance")
                        || check.text("CheckID", "").startsWith("_node_maintenance");
                maintenance |= operator && !status.equals("passing");
                critical |= !operator && status.equals("critical");
                warning |= status.equals("warning");
            }
            JsonReader weights = service.object("Weights");
            double weight = weights.integer(warning ? "Warning" : "Passing", 1, 0, Integer.MAX_VALUE);
            String address = service.text("Address", "");
            Map<String, String> metadata = service.textMap("Meta");
            instances.add(new Instance(address.isEmpty() ? node.text("Address", "") : address,
                    (int) service.integer("Port", 0, 0, Integer.MAX_VALUE), weight, !maintenance, !critical,
                    metadata.getOrDefault("zone", ""), metadata));
        }
        return instances;
    }
}
