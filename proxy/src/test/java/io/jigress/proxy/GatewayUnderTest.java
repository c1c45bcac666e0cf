package io.jigress.proxy;

import io.jigress.api.FilterFactory;
import io.jigress.api.Json;
import io.jigress.api.UpstreamProtocol;
import io.jigress.config.Cluster;
import io.jigress.config.ConnectionLimits;
import io.jigress.config.Endpoint;
import io.jigress.config.EndpointDirectory;
import io.jigress.config.EndpointRef;
import io.jigress.config.FilterSpec;
import io.jigress.config.GatewayConfig;
import io.jigress.config.Listener;
import io.jigress.config.LoadBalancing;
import io.jigress.config.PathMatch;
import io.jigress.config.PersistentMap;
import io.jigress.config.ProxyProtocolInput;
import io.jigress.config.Route;
import io.jigress.config.RouteAction;
import io.jigress.config.RouteMatch;
import io.jigress.config.RouteOptions;
import io.jigress.config.RouteRank;
import io.jigress.config.Traffic;
import io.jigress.config.VirtualHost;
import io.jigress.proxy.call.FilterLimits;
import io.jigress.proxy.exchange.ClientSettings;
import io.jigress.proxy.exchange.ConnectionSettings;
import io.jigress.proxy.exchange.HandshakeLimits;
import io.jigress.proxy.exchange.TunnelSettings;
import io.jigress.proxy.http.ClientTimeouts;
import io.jigress.proxy.http.HeadLimits;
import io.jigress.proxy.http2.Http2Limits;
import io.jigress.proxy.http2.Http2Settings;
import io.jigress.proxy.listen.Transport;
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
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.opentest4j.TestAbortedException;

/// A gateway with one event loop and one listener on the loopback, configured in code, with an access log that tests can read.
final class GatewayUnderTest implements AutoCloseable {
    static final String LISTENER = "test";
    private static final long PATIENCE_NANOS = 10_000_000_000L;

    private final Gateway gateway;
    private final List<FilterSpec> hostFilters;
    private final @Nullable Path log;
    private GatewayConfig config;
    private boolean closed;

    private GatewayUnderTest(Gateway gateway, List<FilterSpec> hostFilters, GatewayConfig config, @Nullable Path log) {
        this.gateway = gateway;
        this.hostFilters = hostFilters;
        this.log = log;
        this.config = config;
        ApplyReport report = gateway.apply(config);
        if (!report.problems().isEmpty() || !report.faults().isEmpty()) {
            gateway.close();
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

    static Cluster cluster(String name, EndpointRef endpoints) {
        return cluster(name, ConnectionLimits.DEFAULT, endpoints);
    }

    static Cluster cluster(String name, ConnectionLimits limits, EndpointRef endpoints) {
        return new Cluster(name, "Backend test/" + name, "http1", Json.object().build(), endpoints, LoadBalancing.ROUND_ROBIN,
                limits);
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
        FilterSpec[] specs = new FilterSpec[filters.length];
        for (int i = 0; i < filters.length; i++) {
            specs[i] = spec(filters[i], filters[i].priority());
        }
        return with(route, specs);
    }

    static Route with(Route route, FilterSpec... specs) {
        return new Route(route.id(), route.origin(), route.rank(), route.match(), route.action(), List.of(specs),
                route.options());
    }

    static FilterSpec spec(FilterFactory<?> filter, int priority) {
        return new FilterSpec(filter.name(), "test", filter.phase(), priority, Json.object().build(),
                "Plugin test/" + filter.name());
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
        private List<FilterSpec> hostFilters = List.of();
        private boolean logging;
        private int publicPort;
        private ProxyProtocolInput proxyProtocol = ProxyProtocolInput.OFF;
        private EndpointDirectory directory = (name, _) -> {
            throw new AssertionError("no directory knows " + name);
        };

        Setup cluster(Cluster cluster) {
            clusters.add(cluster);
            return this;
        }
        private int port;

        Setup cluster(String name, InetSocketAddress... endpoints) {
            clusters.add(GatewayUnderTest.cluster(name, limits, endpoints));
            return this;
        }

        Setup route(Route route) {
            routes.add(route);
            return this;
        }

        /// For clusters that are added after this call.
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

        /// Filters that routes may have.
        Setup known(FilterFactory<?>... factories) {
            filters.addAll(List.of(factories));
            return this;
        }

        /// Filters of every request, as a Gateway's are.
        Setup hostFilters(FilterSpec... specs) {
            hostFilters = List.of(specs);
            return this;
        }

        Setup http2(Http2Settings http2) {
            settings = settings.withHttp2(http2);
            return this;
        }

        /// The limits of calls and tasks of filters.
        Setup filterLimits(FilterLimits limits) {
            settings = settings.withFilters(limits);
            return this;
        }

        /// How many bytes of request bodies are kept.
        Setup retries(ProxySettings.Retries retries) {
            settings = settings.withRetries(retries);
            return this;
        }

        /// The endpoints of clusters that refer to a name.
        Setup directory(EndpointDirectory from) {
            directory = from;
            return this;
        }

        Setup warmTimeout(Duration timeout) {
            settings = settings.withEventLoops(1).withWarmTimeout(timeout);
            return this;
        }

        Setup cluster(String name, String protocol, Json config, InetSocketAddress... endpoints) {
            clusters.add(GatewayUnderTest.cluster(name, protocol, config, limits, endpoints));
            return this;
        }

        /// Adds a protocol beside HTTP/1.1.
        Setup protocol(UpstreamProtocol protocol) {
            protocols.add(protocol);
            return this;
        }

        Setup accessLog() {
            logging = true;
            return this;
        }

        /// A log of the test's own.
        Setup accessLog(AccessLogSettings log) {
            settings = settings.withAccessLog(log);
            return this;
        }

        Setup heads(HeadLimits heads) {
            return clients(settings.clients().withHeads(heads));
        }

        Setup timeouts(UnaryOperator<ClientTimeouts> change) {
            return clients(settings.clients().withTimeouts(change.apply(settings.clients().timeouts())));
        }

        Setup trusted(String... cidrs) {
            settings = settings.withTrustedProxies(List.of(cidrs));
            return this;
        }

        Setup forwardedField() {
            return clients(settings.clients().withForwardedField(true));
        }

        private Setup clients(ClientSettings clients) {
            settings = settings.withClients(clients);
            return this;
        }

        /// On this many event loops of a transport; a test is skipped where the machine has no such transport.
        Setup on(String transport, int loops) {
            try {
                Transport.choose(transport);
            } catch (IllegalArgumentException e) {
                throw new TestAbortedException(e.getMessage(), e);
            }
            settings = settings.withTransport(transport).withEventLoops(loops);
            return this;
        }

        /// `tls.engine`.
        Setup tlsEngine(String engine) {
            settings = settings.withTlsEngine(engine);
            return this;
        }

        Setup connections(int max, Duration quiet) {
            ConnectionSettings was = settings.clients().connections();
            return connections(new ConnectionSettings(max, max, quiet, was.answersHalfClosed(), was.tunnels(), was.queues()));
        }

        private Setup connections(ConnectionSettings connections) {
            return clients(settings.clients().withConnections(connections));
        }

        Setup tunnels(TunnelSettings tunnels) {
            return ends(settings.clients().connections().answersHalfClosed(), tunnels);
        }

        /// `client.half.close: cancel`.
        Setup cancelOnHalfClose() {
            return ends(false, settings.clients().connections().tunnels());
        }

        private Setup ends(boolean answersHalfClosed, TunnelSettings tunnels) {
            ConnectionSettings was = settings.clients().connections();
            return connections(new ConnectionSettings(was.clients(), was.upstreams(), was.quiet(), answersHalfClosed, tunnels,
                    was.queues()));
        }

        /// The port by which clients reach the listener, wherever it listens.
        Setup publicPort(int known) {
            publicPort = known;
            return this;
        }

        /// Whether connections begin with a header of the PROXY protocol.
        Setup proxyProtocol(ProxyProtocolInput input) {
            proxyProtocol = input;
            return this;
        }

        /// Limits of what clients do before their first request.
        Setup handshakes(HandshakeLimits limits) {
            return clients(settings.clients().withHandshakes(limits));
        }

        /// Listens here instead of on a free port.
        Setup port(int fixed) {
            port = fixed;
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
                accessLog(
                        new AccessLogSettings(true, log.toString(), AccessLogSettings.Format.JSON, AccessLogSettings.RING_BYTES));
            }
            Gateway gateway = Gateway.start(settings, filters, protocols, directory);
            return new GatewayUnderTest(gateway, hostFilters, config(), log);
        }

        /// The same for clients that speak HTTP/2.
        Http2Gateway startHttp2() {
            return startHttp2(Http2Limits.DEFAULT);
        }

        Http2Gateway startHttp2(Http2Limits limits) {
            return new Http2Gateway(settings, filters, directory, config(), limits);
        }

        private GatewayConfig config() {
            PersistentMap<String, Route> all = PersistentMap.empty();
            for (Route route : routes) {
                all = all.with(route.id(), everyRoute.apply(route));
            }
            Listener listener = listener(LISTENER, port, all, hostFilters);
            GatewayConfig made = GatewayConfig.EMPTY.with(publicPort == 0
                    ? new Listener(LISTENER, listener.address(), port, port, listener.traffic(), proxyProtocol)
                    : new Listener(LISTENER, listener.address(), port, publicPort, listener.traffic(), proxyProtocol));
            for (Cluster cluster : clusters) {
                made = made.with(cluster);
            }
            return made;
        }
    }

    private Listener listener(PersistentMap<String, Route> routes) {
        return listener(LISTENER, present(config.listeners().get(LISTENER)).port(), routes, hostFilters);
    }

    static Listener listener(String name, int port, PersistentMap<String, Route> routes) {
        return listener(name, port, routes, List.of());
    }

    private static Listener listener(String name, int port, PersistentMap<String, Route> routes, List<FilterSpec> filters) {
        VirtualHost host = new VirtualHost("*", "test", routes, VirtualHost.OnMiss.NOT_FOUND, filters);
        return new Listener(name, "127.0.0.1", port,
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

    /// Replaces or adds a route.
    ApplyReport apply(Route route) {
        return apply(config.with(listener(routes().with(route.id(), route))));
    }

    /// Replaces the whole configuration by the result of a change to it.
    void apply(UnaryOperator<GatewayConfig> change) {
        apply(change.apply(config));
    }

    ApplyReport apply(Cluster cluster) {
        return apply(config.with(cluster));
    }

    /// Changes a route, adds the clusters that it needs and removes those that are no longer needed, at once.
    ApplyReport apply(Route route, Cluster added, String removed) {
        GatewayConfig changed = config.with(listener(routes().with(route.id(), route))).with(added);
        return apply(new GatewayConfig(changed.listeners(), changed.clusters().without(removed)));
    }

    ApplyReport delete(String route) {
        return apply(config.with(listener(routes().without(route))));
    }

    private ApplyReport apply(GatewayConfig next) {
        config = next;
        return gateway.apply(next);
    }

    private PersistentMap<String, Route> routes() {
        Traffic.Http http = (Traffic.Http) present(config.listeners().get(LISTENER)).traffic();
        return present(http.hosts().get("*")).routes();
    }

    private static <T> T present(@Nullable T value) {
        if (value == null) {
            throw new AssertionError("not configured");
        }
        return value;
    }

    /// A number from the metrics, 0 when there is none; `series` as the metrics show it, labels included.
    double metric(String series) {
        return gateway.metrics().lines().filter(line -> line.startsWith(series + " "))
                .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' '))))
                .findFirst().orElse(0);
    }

    /// Closes the gateway and returns the lines of its access log, one per request.
    List<String> closeAndReadLog() {
        Path file = present(log);
        shut();
        try {
            return Files.readAllLines(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// Waits until a number of the metrics is this.
    void awaitMetric(String series, double value) {
        await(() -> metric(series) == value, () -> series + " to be " + value + "; it is " + metric(series));
    }

    /// Waits until connections are refused.
    void awaitRefusal(int port) {
        await(() -> {
            try {
                TestClient.connect(port).close();
                return false;
            } catch (UncheckedIOException _) {
                return true;
            }
        }, () -> "port " + port + " to refuse connections");
    }

    /// Polls a condition that no event reports.
    static void await(BooleanSupplier condition, Supplier<String> what) {
        long end = System.nanoTime() + PATIENCE_NANOS;
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() > end) {
                throw new AssertionError("waited for " + what.get());
            }
            LockSupport.parkNanos(1_000_000);
        }
    }

    /// Drains as SIGTERM does; done when the gateway has drained, for which it has ten seconds.
    CompletableFuture<Void> drain(Duration delay) {
        return CompletableFuture.runAsync(() -> {
            try {
                gateway.drain(delay, Duration.ofNanos(PATIENCE_NANOS));
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
        });
    }

    void shut() {
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
