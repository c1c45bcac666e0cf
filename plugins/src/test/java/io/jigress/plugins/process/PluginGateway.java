package io.jigress.plugins.process;

import io.jigress.api.FilterFactory;
import io.jigress.api.FilterPhase;
import io.jigress.api.Json;
import io.jigress.api.JsonReader;
import io.jigress.api.PreparedFilter;
import io.jigress.config.Cluster;
import io.jigress.config.ConnectionLimits;
import io.jigress.config.Endpoint;
import io.jigress.config.EndpointRef;
import io.jigress.config.FilterSpec;
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
import io.jigress.proxy.ApplyReport;
import io.jigress.proxy.Gateway;
import io.jigress.proxy.ProxySettings;
import io.jigress.proxy.telemetry.AccessLogSettings;
import io.jigress.testkit.FilterTester;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.locks.LockSupport;

/// A gateway with plugins in front of an upstream. `/moved` leads to the cluster `other` when there is one.
public final class PluginGateway implements AutoCloseable {
    private static final String LISTENER = "test";
    private static final long PATIENCE_NANOS = 10_000_000_000L;

    private final Gateway gateway;
    private final Path log;
    private final Setup setup;

    private PluginGateway(Gateway gateway, Path log, Setup setup) {
        this.gateway = gateway;
        this.log = log;
        this.setup = setup;
    }

    /// Replaces all plugins, and returns when the new ones serve new requests.
    public void replace(Plugin... plugins) {
        setup.plugins.clear();
        setup.plugins.addAll(List.of(plugins));
        ApplyReport report = gateway.apply(setup.config());
        if (!report.problems().isEmpty() || !report.faults().isEmpty()) {
            throw new AssertionError(report.toString());
        }
        awaitLive();
    }

    private void awaitLive() {
        long end = System.nanoTime() + 6 * PATIENCE_NANOS;
        while (gateway.waiting() > 0) {
            if (System.nanoTime() > end) {
                throw new AssertionError("the plugins are not ready");
            }
            LockSupport.parkNanos(100_000);
        }
    }

    /// Why filters cannot be made.
    public List<String> faults() {
        return gateway.faults().stream().map(Object::toString).toList();
    }

    /// A plugin with its whole configuration.
    public record Plugin(FilterFactory<?> factory, String config, List<String> clusters) {}

    public static Setup to(InetSocketAddress upstream) {
        return new Setup().cluster("up", "http1", upstream);
    }

    public static final class Setup {
        private final List<Plugin> plugins = new ArrayList<>();
        private GatewayConfig config = GatewayConfig.EMPTY;
        private boolean moved;
        private int loops = 1;

        public Setup loops(int count) {
            loops = count;
            return this;
        }

        public Setup cluster(String name, String protocol, InetSocketAddress endpoint) {
            moved |= name.equals("other");
            config = config.with(new Cluster(name, "Backend test/" + name, protocol, Json.Obj.EMPTY,
                    new EndpointRef.Fixed(List.of(Endpoint.of(endpoint.getAddress().getHostAddress(), endpoint.getPort()))),
                    LoadBalancing.ROUND_ROBIN, ConnectionLimits.DEFAULT));
            return this;
        }

        /// A plugin whose server is the cluster `server`.
        public Setup plugin(FilterFactory<?> factory, String config) {
            return plugin(
                    new Plugin(factory, "{'backends': {'server': 'server'}, 'name': 'test/" + factory.name() + "', 'config': "
                            + config + "}", List.of("server")));
        }

        public Setup plugin(Plugin plugin) {
            plugins.add(plugin);
            return this;
        }

        public PluginGateway start() {
            Path log;
            try {
                log = Files.createTempFile("access", ".log");
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            ProxySettings settings = ProxySettings.DEFAULT.withEventLoops(loops).withAccessLog(
                    new AccessLogSettings(true, log.toString(), AccessLogSettings.Format.JSON, AccessLogSettings.RING_BYTES));
            Gateway gateway = Gateway.start(settings, plugins.stream().<FilterFactory<?>>map(Plugin::factory).toList(), List.of(),
                    (name, _) -> {
                        throw new AssertionError("no directory knows " + name);
                    });
            ApplyReport report = gateway.apply(config());
            if (!report.problems().isEmpty() || !report.faults().isEmpty()) {
                gateway.close();
                throw new AssertionError(report.toString());
            }
            PluginGateway started = new PluginGateway(gateway, log, this);
            started.awaitLive();
            return started;
        }

        private GatewayConfig config() {
            List<FilterSpec> specs = plugins.stream()
                    .map(plugin -> new FilterSpec(plugin.factory.name(), plugin.factory.name(), "test",
                            plugin.factory.phase(), plugin.factory.priority(), json(plugin.config),
                            "Plugin test/" + plugin.factory.name(),
                            FilterSpec.OnFailure.BY_KIND, plugin.clusters))
                    .toList();
            PersistentMap<String, Route> routes = PersistentMap.<String, Route>empty().with("all",
                    route("all", "/", "up", specs));
            if (moved) {
                routes = routes.with("moved", route("moved", "/moved", "other", specs));
            }
            VirtualHost host = new VirtualHost("*", "test", routes, VirtualHost.OnMiss.NOT_FOUND, List.of());
            return config.with(new Listener(LISTENER, "127.0.0.1", 0,
                    new Traffic.Http(PersistentMap.<String, VirtualHost>empty().with("*", host))));
        }

        private static Route route(String id, String prefix, String cluster, List<FilterSpec> filters) {
            RouteMatch match = RouteMatch.path(new PathMatch.Prefix(prefix));
            return new Route(id, "HTTPRoute test/" + id, RouteRank.of(match, 0, "test/" + id, 0, 0), match,
                    new RouteAction.Forward(List.of(new RouteAction.WeightedCluster(cluster, 1, List.of())),
                            RouteAction.Rewrite.NONE),
                    filters, RouteOptions.DEFAULT);
        }
    }

    /// JSON whose strings may be in single quotes.
    public static Json json(String text) {
        return FilterTester.parse(new FilterFactory<Json>() {
            @Override
            public String name() {
                return "json";
            }

            @Override
            public FilterPhase phase() {
                return FilterPhase.TRANSFORM;
            }

            @Override
            public int priority() {
                return 0;
            }

            @Override
            public Json parse(JsonReader config) {
                return config.json();
            }

            @Override
            public CompletionStage<PreparedFilter> prepare(Json config) {
                throw new UnsupportedOperationException();
            }
        }, text);
    }

    public int port() {
        return gateway.boundPort(LISTENER);
    }

    /// A number of the metrics; 0 when there is none.
    public double metric(String series) {
        return gateway.metrics().lines().filter(line -> line.startsWith(series + " "))
                .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ')))).findFirst().orElse(0);
    }

    public void awaitMetric(String series, double value) {
        long end = System.nanoTime() + PATIENCE_NANOS;
        while (metric(series) != value) {
            if (System.nanoTime() > end) {
                throw new AssertionError("waited for " + series + " to be " + value + "; it is " + metric(series));
            }
            LockSupport.parkNanos(1_000_000);
        }
    }

    /// Closes the gateway and returns the lines of its access log.
    public List<String> closeAndReadLog() {
        gateway.close();
        try {
            return Files.readAllLines(log);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        gateway.close();
        try {
            Files.deleteIfExists(log);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
