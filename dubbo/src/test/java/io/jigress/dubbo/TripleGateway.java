package io.jigress.dubbo;

import io.jigress.api.Json;
import io.jigress.api.JsonLimits;
import io.jigress.api.JsonParser;
import io.jigress.api.JsonReader;
import io.jigress.config.Cluster;
import io.jigress.config.ConnectionLimits;
import io.jigress.config.Endpoint;
import io.jigress.config.EndpointRef;
import io.jigress.config.GatewayConfig;
import io.jigress.config.Listener;
import io.jigress.config.LoadBalancing;
import io.jigress.config.PathMatch;
import io.jigress.config.PersistentMap;
import io.jigress.config.Route;
import io.jigress.config.RouteAction;
import io.jigress.config.RouteMatch;
import io.jigress.config.RouteOptions;
import io.jigress.config.RouteRank;
import io.jigress.config.Traffic;
import io.jigress.config.VirtualHost;
import io.jigress.dubbo.mapping.CompiledService;
import io.jigress.dubbo.mapping.MappingReader;
import io.jigress.dubbo.type.ServiceDefinition;
import io.jigress.proxy.ApplyReport;
import io.jigress.proxy.Gateway;
import io.jigress.proxy.ProxySettings;
import io.jigress.testkit.ReceivedResponse;
import io.jigress.testkit.TestClient;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// A gateway in front of one provider, with a cluster and a path prefix for each mapping.
public final class TripleGateway implements AutoCloseable {
    private final Gateway gateway;

    /// @param protocol `dubbo` or `tri`
    /// @param mappings by the name that is also the first segment of their paths
    public TripleGateway(String protocol, int port, Map<String, String> mappings, ServiceDefinition published) {
        this(protocol, port, mappings, published, Map.of());
    }

    /// @param typed further mappings, which have all types themselves
    TripleGateway(String protocol, int port, Map<String, String> mappings, ServiceDefinition published,
            Map<String, String> typed) {
        DubboServices services = new DubboServices();
        List<Cluster> clusters = new ArrayList<>();
        PersistentMap<String, Route> routes = PersistentMap.empty();
        Map<String, String> all = new LinkedHashMap<>(mappings);
        all.putAll(typed);
        for (Map.Entry<String, String> mapping : all.entrySet()) {
            String name = mapping.getKey();
            JsonReader in = JsonReader.of("", json(mapping.getValue()));
            CompiledService compiled = CompiledService.compile(MappingReader.read(in),
                    typed.containsKey(name) ? null : published);
            if (in.failed() || !compiled.problems().isEmpty()) {
                throw new IllegalArgumentException(in.issues() + " " + compiled.problems());
            }
            services.put(name, compiled);
            clusters.add(cluster(protocol, name, port));
            routes = routes.with(name, route(name));
        }
        ProxySettings settings = ProxySettings.DEFAULT.withEventLoops(1);
        gateway = Gateway.start(settings, List.of(),
                List.of(DubboProtocol.of(services), TripleProtocol.of(Gateway.http2(settings), services)), (name, _) -> {
                    throw new AssertionError(name);
                });
        VirtualHost host = new VirtualHost("*", "test", routes, VirtualHost.OnMiss.NOT_FOUND, List.of());
        GatewayConfig config = GatewayConfig.EMPTY.with(new Listener("test", "127.0.0.1", 0,
                new Traffic.Http(PersistentMap.<String, VirtualHost>empty().with("*", host))));
        for (Cluster cluster : clusters) {
            config = config.with(cluster);
        }
        ApplyReport report = gateway.apply(config);
        if (!report.problems().isEmpty() || !report.faults().isEmpty()) {
            throw new IllegalStateException(report.toString());
        }
    }

    public static Json json(String text) {
        return switch (JsonParser.parse(text.getBytes(StandardCharsets.UTF_8), JsonLimits.DEFAULT)) {
            case JsonParser.Value value -> value.json();
            case JsonParser.Invalid invalid -> throw new AssertionError(invalid + " in " + text);
        };
    }

    private static Cluster cluster(String protocol, String service, int port) {
        return new Cluster(service, "Backend test/" + service, protocol,
                Json.object().put("service", service).put("frameBytes", 4 << 20).build(),
                new EndpointRef.Fixed(List.of(Endpoint.of("127.0.0.1", port))), LoadBalancing.ROUND_ROBIN,
                ConnectionLimits.DEFAULT);
    }

    private static Route route(String cluster) {
        RouteMatch match = RouteMatch.path(new PathMatch.Prefix("/" + cluster));
        return new Route(cluster, "HTTPRoute test/" + cluster, RouteRank.of(match, 0, "test/" + cluster, 0, 0), match,
                new RouteAction.Forward(List.of(new RouteAction.WeightedCluster(cluster, 1, List.of())),
                        RouteAction.Rewrite.NONE),
                List.of(), RouteOptions.DEFAULT);
    }

    public int port() {
        return gateway.boundPort("test");
    }

    public ReceivedResponse send(String method, String target, String body, String... headers) {
        try (TestClient client = TestClient.connect(port())) {
            return client.request(method, target, body.getBytes(StandardCharsets.UTF_8), headers);
        }
    }

    @Override
    public void close() {
        gateway.close();
    }
}
