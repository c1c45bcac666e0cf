package io.jigress.proxy;

import io.jigress.api.FilterFactory;
import io.jigress.api.Json;
import io.jigress.api.UpstreamProtocol;
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
import io.jigress.proxy.http1.HeadLimits;
import io.jigress.proxy.telemetry.AccessLogSettings;
import io.jigress.testkit.TestClient;
import io.jigress.testkit.TestUpstream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/// A gateway with one event loop and one listener on the loopback, configured in code, with an access log that tests can read.
final class GatewayUnderTest implements AutoCloseable {
    static final String LISTENER = "test";

    private final Gateway gateway;
    private final @Nullable Path log;
    private GatewayConfig config;
    private boolean closed;

    private GatewayUnderTest(Gateway gateway, GatewayConfig config, @Nullable Path log) {
        this.gateway = gateway;
        this.log = log;
        this.config = config;
        ApplyReport report = gateway.apply(config);
        if (!report.problems().isEmpty() || !report.faults().isEmpty()) {
            throw new AssertionError(report.toString());
        }
    }

    /// Sends every request to this upstream.
    static GatewayUnderTest proxying(TestUpstream upstream) {
        return to(upstream).start();
    }

    /// One route for every request, to this upstream.
    static Setup to(TestUpstream upstream) {
        return to(upstream.address());
    }

    static Setup to(InetSocketAddress upstream) {
        return new Setup().cluster("up", upstream).route(forward("all", "/", "up"));
    }

    static Setup setup() {
        return new Setup();
    }

    // ---- parts of configurations

    static Cluster cluster(String name, ConnectionLimits limits, InetSocketAddress... endpoints) {
        return cluster(name, "http1", Json.Obj.EMPTY, limits, endpoints);
    }

    static Cluster cluster(String name, String protocol, Json config, ConnectionLimits limits, InetSocketAddress... endpoints) {
        List<Endpoint> list = new ArrayList<>();
        for (InetSocketAddress endpoint : endpoints) {
            list.add(Endpoint.of(endpoint.getAddress().getHostAddress(), endpoint.getPort()));
        }
        return new Cluster(name, "Backend test/" + name, protocol, config, new EndpointRef.Fixed(list),
                LoadBalancing.ROUND_ROBIN, limits);
    }

    static Route forward(String id, String prefix, String cluster) {
        return route(id, prefix, new RouteAction.Forward(List.of(new RouteAction.WeightedCluster(cluster, 1, List.of())),
                RouteAction.Rewrite.NONE));
    }

    static Route route(String id, String prefix, RouteAction action) {
        return route(id, RouteMatch.path(new PathMatch.Prefix(prefix)), action, List.of(), RouteOptions.DEFAULT);
    }

    static Route route(String id, RouteMatch match, RouteAction action, List<FilterSpec> filters, RouteOptions options) {
        return new Route(id, "HTTPRoute test/" + id, RouteRank.of(match, 0, "test/" + id, 0, 0), match, action, filters, options);
    }

    static Route with(Route route, RouteOptions options) {
        return new Route(route.id(), route.origin(), route.rank(), route.match(), route.action(), route.filters(), options);
    }

    static Route with(Route route, FilterFactory<?>... filters) {
        List<FilterSpec> specs = new ArrayList<>();
        for (FilterFactory<?> each : filters) {
            specs.add(new FilterSpec(each.name(), "test", each.phase(), each.priority(), Json.object().build(),
                    "Plugin test/" + each.name()));
        }
        return new Route(route.id(), route.origin(), route.rank(), route.match(), route.action(), specs, route.options());
    }

    /// What a gateway under test is started with.
    static final class Setup {
        private final List<Cluster> clusters = new ArrayList<>();
        private final List<Route> routes = new ArrayList<>();
        private final List<FilterFactory<?>> filters = new ArrayList<>();
        private final List<UpstreamProtocol> protocols = new ArrayList<>();
        private UnaryOperator<Route> everyRoute = UnaryOperator.identity();
        private ProxySettings settings = ProxySettings.DEFAULT.withEventLoops(1);
        private ConnectionLimits limits = ConnectionLimits.DEFAULT;
        private boolean logging;

        Setup cluster(String name, InetSocketAddress... endpoints) {
            clusters.add(GatewayUnderTest.cluster(name, limits, endpoints));
            return this;
        }

        Setup route(Route route) {
            routes.add(route);
            return this;
        }

        /// For clusters named from now on.
        Setup limits(ConnectionLimits now) {
            limits = now;
            return this;
        }

        /// Options of all routes.
        Setup options(RouteOptions options) {
            everyRoute = route -> with(route, options);
            return this;
        }

        /// Filters of all routes.
        Setup filters(FilterFactory<?>... run) {
            filters.addAll(List.of(run));
            everyRoute = route -> with(route, run);
            return this;
        }

        Setup cluster(String name, String protocol, Json config, InetSocketAddress... endpoints) {
            clusters.add(GatewayUnderTest.cluster(name, protocol, config, limits, endpoints));
            return this;
        }

        /// Speaks this beside HTTP/1.1.
        Setup protocol(UpstreamProtocol protocol) {
            protocols.add(protocol);
            return this;
        }

        Setup accessLog() {
            logging = true;
            return this;
        }

        Setup heads(HeadLimits heads) {
            return settings(heads, settings.timeouts(), settings.trustedProxies(), settings.forwardedField(),
                    settings.accessLog());
        }

        Setup timeouts(UnaryOperator<ProxySettings.ClientTimeouts> change) {
            return settings(settings.heads(), change.apply(settings.timeouts()), settings.trustedProxies(),
                    settings.forwardedField(), settings.accessLog());
        }

        Setup trusted(String... cidrs) {
            return settings(settings.heads(), settings.timeouts(), List.of(cidrs), settings.forwardedField(),
                    settings.accessLog());
        }

        Setup forwardedField() {
            return settings(settings.heads(), settings.timeouts(), settings.trustedProxies(), true, settings.accessLog());
        }

        private Setup settings(HeadLimits heads, ProxySettings.ClientTimeouts timeouts, List<String> trusted, boolean forwarded,
                AccessLogSettings accessLog) {
            settings = new ProxySettings(1, settings.transport(), heads, settings.heldBodyBytes(), settings.bodyBytes(), timeouts,
                    trusted, forwarded,
                    settings.warmTimeout(), settings.errorPage(), accessLog, settings.metrics(), settings.version());
            return this;
        }

        GatewayUnderTest start() {
            Path log = null;
            if (logging) {
                try {
                    log = Files.createTempFile("access", ".log");
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
                settings(settings.heads(), settings.timeouts(), settings.trustedProxies(), settings.forwardedField(),
                        new AccessLogSettings(true, log.toString(), AccessLogSettings.Format.JSON, AccessLogSettings.RING_BYTES));
            }
            Gateway gateway = Gateway.start(settings, filters, protocols, (name, _) -> {
                throw new AssertionError("no directory knows " + name);
            });
            return new GatewayUnderTest(gateway, config(), log);
        }

        private GatewayConfig config() {
            PersistentMap<String, Route> all = PersistentMap.empty();
            for (Route route : routes) {
                all = all.with(route.id(), everyRoute.apply(route));
            }
            GatewayConfig made = GatewayConfig.EMPTY.with(listener(all));
            for (Cluster cluster : clusters) {
                made = made.with(cluster);
            }
            return made;
        }
    }

    private static Listener listener(PersistentMap<String, Route> routes) {
        VirtualHost host = new VirtualHost("*", "test", routes, VirtualHost.OnMiss.NOT_FOUND, List.of());
        return new Listener(LISTENER, "127.0.0.1", 0,
                new Traffic.Http(PersistentMap.<String, VirtualHost>empty().with("*", host)));
    }

    // ---- while it runs

    int port() {
        return gateway.boundPort(LISTENER);
    }

    InetSocketAddress address() {
        return new InetSocketAddress(InetAddress.getLoopbackAddress(), port());
    }

    TestClient connect() {
        return TestClient.connect(port());
    }

    Gateway gateway() {
        return gateway;
    }

    /// Replaces or adds a route, and waits until it is live.
    void apply(Route route) {
        Traffic.Http http = (Traffic.Http) present(config.listeners().get(LISTENER)).traffic();
        config = config.with(listener(present(http.hosts().get("*")).routes().with(route.id(), route)));
        gateway.apply(config);
    }

    ApplyReport apply(Cluster cluster) {
        config = config.with(cluster);
        return gateway.apply(config);
    }

    private static <T> T present(@Nullable T value) {
        if (value == null) {
            throw new AssertionError("not configured");
        }
        return value;
    }

    /// A number from the metrics, 0 when there is none; `series` as it stands there, labels included.
    double metric(String series) {
        return gateway.metrics().lines().filter(line -> line.startsWith(series + " "))
                .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' '))))
                .findFirst().orElse(0);
    }

    /// Waits until a number from the metrics is this.
    void awaitMetric(String series, double wanted) {
        long end = System.nanoTime() + Duration.ofSeconds(10).toNanos();
        while (metric(series) != wanted) {
            if (System.nanoTime() - end > 0) {
                throw new AssertionError(series + ": " + metric(series) + " (expected: " + wanted + ")");
            }
            Thread.onSpinWait();
        }
    }

    /// Closes the gateway and answers what its access log holds, a line per request.
    List<String> closeAndReadLog() {
        Path file = present(log);
        shut();
        try {
            return Files.readAllLines(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void shut() {
        if (!closed) {
            closed = true;
            gateway.close();
        }
    }

    @Override
    public void close() {
        shut();
        if (log != null) {
            try {
                Files.deleteIfExists(log);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    static Duration millis(long millis) {
        return Duration.ofMillis(millis);
    }
}
