package io.jigress.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import io.jigress.api.FilterFactory;
import io.jigress.api.HttpFilter;
import io.jigress.config.ConnectionLimits;
import io.jigress.config.FilterSpec;
import io.jigress.config.GatewayConfig;
import io.jigress.config.Listener;
import io.jigress.config.PersistentMap;
import io.jigress.config.Route;
import io.jigress.config.RouteAction;
import io.jigress.config.Traffic;
import io.jigress.config.VirtualHost;
import io.jigress.proxy.compile.CompiledHost;
import io.jigress.proxy.compile.CompiledRoute;
import io.jigress.proxy.compile.FilterServices;
import io.jigress.proxy.compile.RuntimeCompiler;
import io.jigress.proxy.http.HeadLimits;
import io.jigress.proxy.http1.HeadPool;
import io.jigress.proxy.http1.HeadPools;
import io.jigress.proxy.http1.Http1Protocol;
import io.jigress.proxy.http1.Http1RequestHead;
import io.jigress.proxy.loop.Loop;
import io.jigress.proxy.route.MatchScratch;
import io.jigress.proxy.upstream.DnsDirectory;
import io.jigress.proxy.upstream.DnsSettings;
import io.jigress.proxy.upstream.Upstreams;
import io.netty.buffer.Unpooled;
import io.netty.channel.EventLoop;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioDatagramChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// When changes go live; the test controls the time.
@Timeout(60)
class RuntimeCompilerTest {
    private static final long WARM_NANOS = ProxySettings.DEFAULT.warmTimeout().toNanos();
    private static final InetSocketAddress ADDRESS = new InetSocketAddress(InetAddress.getLoopbackAddress(), 9);

    private final MultiThreadIoEventLoopGroup group = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
    private final TestDirectory directory = new TestDirectory();
    private final ManualUpdates time = new ManualUpdates();
    private final SlowFilter filter = SlowFilter.protecting(new HttpFilter() {});
    private final RuntimeCompiler compiler = new RuntimeCompiler(List.<FilterFactory<?>>of(filter),
            new Upstreams(directory,
                    new DnsDirectory((EventLoop) group.next(), NioDatagramChannel::new, NioSocketChannel::new, null,
                            DnsSettings.DEFAULT),
                    List.of(new Http1Protocol(HeadLimits.STANDARD, new HeadPools(0)))),
            new Loop[0], Gateway.routeDefaults(ProxySettings.DEFAULT), ProxySettings.DEFAULT.warmTimeout(),
            FilterServices.NONE, time, time);
    private PersistentMap<String, Route> routes = PersistentMap.empty();
    private List<FilterSpec> hostFilters = List.of();
    private GatewayConfig config = GatewayConfig.EMPTY.with(GatewayUnderTest.cluster("old", ConnectionLimits.DEFAULT, ADDRESS));

    @AfterEach
    void close() {
        compiler.close();
        group.shutdownGracefully();
    }

    private RuntimeCompiler.Outcome apply(Route... changed) {
        for (Route route : changed) {
            routes = routes.with(route.id(), route);
        }
        VirtualHost host = new VirtualHost("*", "test", routes, VirtualHost.OnMiss.NOT_FOUND, hostFilters);
        config = config.with(new Listener("test", "", 0,
                new Traffic.Http(PersistentMap.<String, VirtualHost>empty().with("*", host))));
        RuntimeCompiler.Outcome outcome = compiler.apply(config);
        compiler.retire();
        return outcome;
    }

    private void watched(String... clusters) {
        for (String cluster : clusters) {
            config = config.with(GatewayUnderTest.cluster(cluster, TestDirectory.named(cluster)));
        }
    }

    private void pass(long nanos) {
        time.pass(nanos);
        compiler.retire();
    }

    private @Nullable CompiledRoute match(String path) {
        Http1RequestHead head = new HeadPool().request(HeadLimits.STANDARD, "http");
        head.append(Unpooled.copiedBuffer("GET " + path + " HTTP/1.1\r\nhost: a\r\n\r\n", StandardCharsets.US_ASCII));
        return compiler.table("test").match(head.bytes(), head.ranges().hostFrom(), head.ranges().hostTo(), head.bytes(),
                head.ranges().pathFrom(), head.ranges().pathTo(), head, new MatchScratch<CompiledHost, CompiledRoute>());
    }

    /// The cluster that a path is routed to, or the status that it is answered with; `none` without a route.
    private String at(String path) {
        CompiledRoute route = match(path);
        if (route != null && route.route().action() instanceof RouteAction.Reply reply) {
            return Integer.toString(reply.status());
        }
        return route == null ? "none" : route.targets()[0].cluster();
    }

    @Test
    void theFirstRoutesDoNotWaitForEndpointsAndAreCountedUntilTheseAreKnown() {
        watched("one", "two");
        apply(GatewayUnderTest.forward("a", "/a", "one"), GatewayUnderTest.forward("b", "/b", "two"));
        assertThat(List.of(at("/a"), at("/b"))).containsExactly("one", "two");
        assertThat(compiler.waiting()).isEqualTo(2);
        directory.push("one", ADDRESS);
        pass(0);
        assertThat(compiler.waiting()).isEqualTo(1);
        directory.push("two");
        pass(0);
        assertThat(compiler.waiting()).isZero();
        assertThat(time.size()).as("nothing waits any more").isZero();
    }

    @Test
    void eachChangeHasAWarmTimeoutOfItsOwn() {
        watched("one", "two");
        apply(GatewayUnderTest.forward("a", "/a", "old"), GatewayUnderTest.forward("b", "/b", "old"));
        apply(GatewayUnderTest.forward("a", "/a", "one"));
        pass(WARM_NANOS / 2);
        apply(GatewayUnderTest.forward("b", "/b", "two"));
        pass(WARM_NANOS / 2 - 1);
        assertThat(List.of(at("/a"), at("/b"))).containsExactly("old", "old");
        pass(1);
        assertThat(List.of(at("/a"), at("/b"))).containsExactly("one", "old");
        pass(WARM_NANOS / 2 - 1);
        assertThat(at("/b")).isEqualTo("old");
        pass(1);
        assertThat(at("/b")).isEqualTo("two");
        assertThat(time.size()).as("nothing waits any more").isZero();
    }

    @Test
    void aRouteThatWaitsForTwoClustersMovesWhenBothAreThere() {
        watched("one", "two");
        RouteAction both = new RouteAction.Forward(List.of(new RouteAction.WeightedCluster("one", 1, List.of()),
                new RouteAction.WeightedCluster("two", 1, List.of())), RouteAction.Rewrite.NONE);
        apply(GatewayUnderTest.forward("a", "/a", "old"));
        apply(GatewayUnderTest.route("a", "/a", both));
        directory.push("one", ADDRESS);
        pass(0);
        assertThat(at("/a")).isEqualTo("old");
        directory.push("one");
        directory.push("two", ADDRESS);
        pass(0);
        assertThat(at("/a")).as("the first has lost its endpoints meanwhile").isEqualTo("old");
        directory.push("one", ADDRESS);
        pass(0);
        assertThat(at("/a")).isEqualTo("one");
    }

    @Test
    void aClusterThatTheRouteHasAlreadyIsNotWaitedFor() {
        watched("one");
        directory.push("one");
        apply(GatewayUnderTest.forward("a", "/a", "one"));
        RuntimeCompiler.Outcome outcome = apply(GatewayUnderTest.forward("a", "/moved", "one"));
        assertThat(outcome.waiting()).isZero();
        assertThat(at("/moved")).isEqualTo("one");
    }

    @Test
    void anEditOfLimitsDoesNotWaitForEndpointsOfTheSameName() {
        watched("one");
        directory.push("one");
        apply(GatewayUnderTest.forward("a", "/a", "one"));
        ConnectionLimits limits = new ConnectionLimits(Duration.ofSeconds(1), Duration.ofSeconds(1), 1, 1);
        config = config.with(GatewayUnderTest.cluster("one", limits, TestDirectory.named("one")));
        assertThat(apply().waiting()).isZero();
    }

    @Test
    @Tag("suite")
    void manyRoutesThatWaitForOneClusterAskOnceAndAllMove() {
        watched("one");
        int count = 10_000;
        Route[] before = new Route[count];
        Route[] after = new Route[count];
        for (int i = 0; i < count; i++) {
            before[i] = GatewayUnderTest.forward("r" + i, "/" + i, "old");
            after[i] = GatewayUnderTest.forward("r" + i, "/" + i, "one");
        }
        apply(before);
        assertThat(apply(after).waiting()).isEqualTo(count);
        assertThat(time.size()).as("the warm timeout").isEqualTo(1);
        directory.push("one", ADDRESS);
        assertThat(time.size()).as("and the news").isEqualTo(2);
        pass(0);
        assertThat(List.of(at("/0"), at("/" + (count - 1)))).containsExactly("one", "one");
        assertThat(apply().waiting()).isZero();
    }

    @Test
    void aChangeBesideManyThatWaitCompilesOneRoute() {
        watched("one");
        Route[] waiting = new Route[1_000];
        for (int i = 0; i < waiting.length; i++) {
            waiting[i] = GatewayUnderTest.forward("r" + i, "/" + i, "one");
        }
        apply(GatewayUnderTest.forward("first", "/first", "old"));
        apply(waiting);
        RuntimeCompiler.Outcome outcome = apply(GatewayUnderTest.forward("other", "/other", "old"));
        assertThat(outcome.routesCompiled()).isEqualTo(1);
        assertThat(outcome.waiting()).isEqualTo(waiting.length);
        assertThat(at("/other")).isEqualTo("old");
    }

    @Test
    void aRouteThatIsGoneWhenTheEndpointsComeStaysAway() {
        watched("one");
        apply(GatewayUnderTest.forward("a", "/a", "one"));
        routes = routes.without("a");
        assertThat(apply().waiting()).isZero();
        directory.push("one", ADDRESS);
        pass(WARM_NANOS);
        assertThat(at("/a")).isEqualTo("none");
    }

    @Test
    void aClusterIsDroppedWhenNoWaitingRouteLivesOnItAnyMore() {
        watched("one", "two");
        directory.push("one", ADDRESS);
        apply(GatewayUnderTest.forward("a", "/a", "one"));
        config = new GatewayConfig(config.listeners(), config.clusters().without("one"));
        apply(GatewayUnderTest.forward("a", "/a", "two"));
        assertThat(at("/a")).isEqualTo("one");
        assertThat(directory.watched("one")).isTrue();
        directory.push("two", ADDRESS);
        pass(0);
        assertThat(at("/a")).isEqualTo("two");
        assertThat(directory.watched("one")).isFalse();
    }

    @Test
    void aRouteThatWaitsForAClusterLooksAtWhatTakesItsPlace() {
        watched("one");
        apply(GatewayUnderTest.forward("first", "/first", "old"));
        apply(GatewayUnderTest.forward("a", "/a", "one"));
        assertThat(at("/a")).isEqualTo("none");
        config = config.with(GatewayUnderTest.cluster("one", ConnectionLimits.DEFAULT, ADDRESS));
        apply();
        pass(0);
        assertThat(at("/a")).isEqualTo("one");
    }

    @Test
    void theWarmTimeoutDoesNotEndTheWaitForAFilter() {
        watched("one");
        apply(GatewayUnderTest.forward("a", "/a", "old"));
        apply(GatewayUnderTest.with(GatewayUnderTest.forward("a", "/a", "one"), filter));
        pass(WARM_NANOS);
        assertThat(at("/a")).isEqualTo("old");
        filter.ready();
        pass(0);
        assertThat(at("/a")).as("the endpoints have had their time").isEqualTo("one");
    }

    private Route calling(Route route, String... clusters) {
        FilterSpec plain = GatewayUnderTest.spec(filter, 0);
        return GatewayUnderTest.with(route, new FilterSpec(plain.name(), plain.identity(), plain.scope(), plain.phase(),
                plain.priority(), plain.config(), plain.origin(), plain.onFailure(), List.of(clusters)));
    }

    @Test
    void aRouteWaitsForTheClustersThatItsFiltersCall() {
        filter.ready();
        watched("auth");
        apply(GatewayUnderTest.forward("a", "/a", "old"));
        assertThat(apply(calling(GatewayUnderTest.forward("a", "/a", "old"), "auth")).waiting()).isEqualTo(1);
        assertThat(filters("/a")).isZero();
        directory.push("auth", ADDRESS);
        pass(0);
        assertThat(filters("/a")).isEqualTo(1);
    }

    @Test
    void aRouteThatServesWhileAnotherWaitsKeepsTheClustersThatItsFiltersCall() {
        filter.ready();
        watched("auth", "two");
        directory.push("auth", ADDRESS);
        apply(calling(GatewayUnderTest.forward("a", "/a", "old"), "auth"));
        config = new GatewayConfig(config.listeners(), config.clusters().without("auth"));
        apply(GatewayUnderTest.forward("a", "/a", "two"));
        assertThat(at("/a")).isEqualTo("old");
        assertThat(directory.watched("auth")).isTrue();
        directory.push("two", ADDRESS);
        pass(0);
        assertThat(at("/a")).isEqualTo("two");
        assertThat(directory.watched("auth")).isFalse();
    }

    private int filters(String path) {
        CompiledRoute route = match(path);
        return route == null ? -1 : route.filters().specs().size();
    }

    @Test
    void aFilterOfAHostIsWaitedForByTheHostItself() {
        hostFilters = List.of(GatewayUnderTest.spec(filter, 0));
        apply(GatewayUnderTest.forward("a", "/a", "old"));
        assertThat(at("/a")).isEqualTo("503");
        assertThat(notFoundFilters()).isZero();
        filter.ready();
        pass(0);
        assertThat(at("/a")).isEqualTo("old");
        assertThat(notFoundFilters()).isEqualTo(1);
    }

    private int notFoundFilters() {
        var host = compiler.table("test").host("*");
        assertThat(host).isNotNull();
        return host.attachment().notFound().filters().specs().size();
    }

    @Test
    void whoLooksOnlyWaitsForNothing() {
        watched("one");
        apply(GatewayUnderTest.with(GatewayUnderTest.forward("a", "/a", "one"), filter));
        assertThat(at("/a")).isEqualTo("503");
        compiler.waitNoMore();
        assertThat(at("/a")).isEqualTo("one");
    }
}
