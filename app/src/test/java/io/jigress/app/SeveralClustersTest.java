package io.jigress.app;

import static org.assertj.core.api.Assertions.assertThat;

import io.jigress.app.run.Wiring;
import io.jigress.app.run.WiringTest;
import io.jigress.app.settings.KnownSettings;
import io.jigress.app.settings.ListenAddress;
import io.jigress.app.settings.Setting.Machine;
import io.jigress.app.settings.Settings;
import io.jigress.control.Problem;
import io.jigress.testkit.TestClient;
import io.jigress.testkit.TestUpstream;
import io.jigress.testkit.kubernetes.KubeApiServer;
import io.jigress.testkit.kubernetes.TcpRelay;
import java.net.InetAddress;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// A gateway on two real API servers; skipped without them.
@Timeout(180)
class SeveralClustersTest {
    private static final String GATEWAY_API = "gateway.networking.k8s.io/v1";
    private static final String NAMESPACE = "several";

    @TempDir private Path folder;
    private KubeApiServer east;
    private KubeApiServer west;
    private TestUpstream one;
    private TestUpstream two;
    /// API servers refuse endpoints with loopback addresses.
    private TcpRelay toOne;
    private TcpRelay toTwo;
    private String address;
    private int port;

    @BeforeEach
    void clusters() throws Exception {
        east = KubeApiServer.shared();
        west = KubeApiServer.second();
        one = TestUpstream.named("one");
        two = TestUpstream.named("two");
        InetAddress own = TcpRelay.ownAddress();
        address = own.getHostAddress();
        toOne = new TcpRelay(own, one.port());
        toTwo = new TcpRelay(own, two.port());
        port = WiringTest.freePort();
        for (KubeApiServer server : List.of(east, west)) {
            server.namespace(NAMESPACE);
            gateway(server);
        }
        service(east, toOne);
        service(west, toTwo);
    }

    @AfterEach
    void clear() {
        toOne.close();
        toTwo.close();
        one.close();
        two.close();
        for (KubeApiServer server : List.of(east, west)) {
            for (String route : List.of("both", "own")) {
                server.delete(path(GATEWAY_API, "HTTPRoute", route));
            }
            server.delete(path(GATEWAY_API, "Gateway", "main"));
            server.delete(path("jigress.io/v1", "TrafficPolicy", "near"));
            server.delete(path("v1", "Service", "cart"));
            server.delete(path("discovery.k8s.io/v1", "EndpointSlice", "cart"));
        }
    }

    private static String path(String apiVersion, String kind, String name) {
        return KubeApiServer.path(apiVersion, kind, NAMESPACE, name);
    }

    private static void apply(KubeApiServer server, String apiVersion, String kind, String name, String rest) {
        server.apply(path(apiVersion, kind, name), "{\"apiVersion\":\"" + apiVersion + "\",\"kind\":\"" + kind
                + "\",\"metadata\":{\"name\":\"" + name + "\"" + rest.replace('\'', '"') + "}").expectSuccess();
    }

    private void gateway(KubeApiServer server) {
        apply(server, GATEWAY_API, "Gateway", "main",
                "},'spec':{'gatewayClassName':'jigress','listeners':[{'name':'http','port':" + port + ",'protocol':'HTTP'}]}");
    }

    private void service(KubeApiServer server, TcpRelay upstream) {
        apply(server, "v1", "Service", "cart", "},'spec':{'ports':[{'port':80}]}");
        endpoints(server, upstream, "'" + address + "'");
    }

    private static void endpoints(KubeApiServer server, TcpRelay upstream, String addresses) {
        endpoints(server, upstream, addresses, "");
    }

    private static void endpoints(KubeApiServer server, TcpRelay upstream, String addresses, String zone) {
        apply(server, "discovery.k8s.io/v1", "EndpointSlice", "cart", ",'labels':{'kubernetes.io/service-name':'cart'}},"
                + "'addressType':'IPv4','ports':[{'name':'','port':" + upstream.port() + "}],'endpoints':["
                + (addresses.isEmpty() ? "" : "{'zone':'" + zone + "','addresses':[" + addresses + "]}") + "]}");
    }

    private static void route(KubeApiServer server, String name, String prefix) {
        apply(server, GATEWAY_API, "HTTPRoute", name, "},'spec':{'parentRefs':[{'name':'main'}],'rules':[{'matches':[{'path':"
                + "{'value':'" + prefix + "'}}],'backendRefs':[{'name':'cart','port':80}]}]}");
    }

    private Settings settings(Map<String, KubeApiServer.Context> contexts) {
        return Settings.defaults(new Machine(1, 512 << 20))
                .with(KnownSettings.GATEWAY_ADDRESS, "127.0.0.1", "test")
                .with(KnownSettings.ADMIN_ADDRESS, new ListenAddress("127.0.0.1", 0), "test")
                .with(KnownSettings.LOG_LEVEL, KnownSettings.LogLevel.WARN, "test")
                .with(KnownSettings.KUBERNETES_CONFIG, KubeApiServer.kubeconfig(folder, contexts).toString(), "test")
                .with(KnownSettings.KUBERNETES_LEASE_NAMESPACE, NAMESPACE, "test")
                .with(KnownSettings.CONFIG_SOURCES, contexts.keySet().stream().map(name -> "kubernetes:" + name).toList(),
                        "test");
    }

    private Map<String, KubeApiServer.Context> both(int westPort) {
        Map<String, KubeApiServer.Context> contexts = new LinkedHashMap<>();
        contexts.put("east", new KubeApiServer.Context(east, east.port()));
        contexts.put("west", new KubeApiServer.Context(west, westPort));
        return contexts;
    }

    private String body(String target) {
        try {
            return TestClient.get(port, target).text();
        } catch (Exception | AssertionError _) {
            return "";
        }
    }

    private static void await(String what, BooleanSupplier condition) {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() > end) {
                throw new AssertionError(what);
            }
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(2));
        }
    }

    @Test
    void routesOfTwoClustersMergeAndEachLeadsToItsOwnService() throws Exception {
        route(east, "own", "/east");
        route(west, "own", "/west");
        try (Wiring wiring = Wiring.start(settings(both(west.port())), folder)) {
            body("/east/1");
            body("/west/2");
            assertThat(one.requests()).singleElement().satisfies(request -> assertThat(request.target()).isEqualTo("/east/1"));
            assertThat(two.requests()).singleElement().satisfies(request -> assertThat(request.target()).isEqualTo("/west/2"));
            assertThat(wiring.live().problems()).isEmpty();
            await("each cluster gets the statuses of its own objects", () -> says(east, "own") && says(west, "own"));
        }
    }

    private static boolean says(KubeApiServer server, String route) {
        String body = server.get(path(GATEWAY_API, "HTTPRoute", route)).body();
        return body.contains("jigress.io/gateway-controller") && body.contains("\"type\":\"Accepted\"");
    }

    @Test
    void aJoinedServiceFailsOverToTheOtherCluster() throws Exception {
        route(east, "both", "/");
        Settings settings = settings(both(west.port())).with(KnownSettings.KUBERNETES_JOINED, List.of(NAMESPACE + "/cart"),
                "test");
        try (Wiring _ = Wiring.start(settings, folder)) {
            for (int i = 0; i < 10; i++) {
                body("/");
            }
            assertThat(one.requests()).hasSize(10);
            assertThat(two.requests()).isEmpty();
            endpoints(east, toOne, "");
            await("requests go west", () -> {
                body("/");
                return !two.requests().isEmpty();
            });
            endpoints(east, toOne, "'" + address + "'");
            int before = one.requests().size();
            await("requests go east again", () -> {
                body("/");
                return one.requests().size() > before;
            });
        }
    }

    /// The zones of the endpoints of both clusters; the gateway is in zone b.
    private Settings zones(String ofEast, String ofWest, boolean ownFirst) {
        endpoints(east, toOne, "'" + address + "'", ofEast);
        endpoints(west, toTwo, "'" + address + "'", ofWest);
        apply(east, "jigress.io/v1", "TrafficPolicy", "near",
                "},'spec':{'targetRefs':[{'kind':'Service','name':'cart'}],'loadBalancing':{'preferZone':true}}");
        route(east, "both", "/");
        return settings(both(west.port())).with(KnownSettings.KUBERNETES_JOINED, List.of("*"), "test")
                .with(KnownSettings.KUBERNETES_OWN_FIRST, ownFirst, "test").with(KnownSettings.GATEWAY_ZONE, "b", "test");
    }

    @Test
    void theZoneIsPreferredInAllClustersAndFailsOverToTheOthers() throws Exception {
        try (Wiring wiring = Wiring.start(zones("a", "b", false), folder)) {
            assertThat(wiring.live().problems()).isEmpty();
            for (int i = 0; i < 10; i++) {
                body("/");
            }
            assertThat(two.requests()).as("in the zone, in the other cluster").hasSize(10);
            assertThat(one.requests()).isEmpty();
            endpoints(west, toTwo, "");
            await("requests go to another zone", () -> {
                body("/");
                return !one.requests().isEmpty();
            });
            endpoints(west, toTwo, "'" + address + "'", "b");
            int before = two.requests().size();
            await("requests go to the zone again", () -> {
                body("/");
                return two.requests().size() > before;
            });
        }
    }

    @Test
    void theClusterOfTheRouteGoesBeforeTheZone() throws Exception {
        try (Wiring _ = Wiring.start(zones("a", "b", true), folder)) {
            for (int i = 0; i < 10; i++) {
                body("/");
            }
            assertThat(one.requests()).as("in the route's cluster, in another zone").hasSize(10);
            assertThat(two.requests()).isEmpty();
            endpoints(east, toOne, "");
            await("requests go to the other cluster", () -> {
                body("/");
                return !two.requests().isEmpty();
            });
        }
    }

    @Test
    void aClusterThatGoesAwayKeepsItsObjectsAndItsAgeIsShown() throws Exception {
        route(west, "own", "/west");
        try (TcpRelay relay = new TcpRelay(west.port());
                Wiring wiring = Wiring.start(settings(both(relay.port())), folder)) {
            body("/west");
            assertThat(two.requests()).hasSize(1);
            relay.down();
            await("the outage is told", () -> wiring.live().problems().stream().map(Problem::toString)
                    .anyMatch(problem -> problem
                            .matches("Cluster kubernetes:west: cannot be read from .* since .*; the objects read"
                                    + " last stay in effect.*")));
            body("/west");
            assertThat(two.requests()).hasSize(2);
            route(east, "own", "/east");
            await("the other cluster is followed", () -> {
                body("/east");
                return !one.requests().isEmpty();
            });
            relay.up();
            await("the cluster is read again", () -> wiring.live().problems().isEmpty());
        }
    }

    @Test
    void aClusterThatDoesNotAnswerAtTheStartKeepsNoOtherWaiting() throws Exception {
        route(east, "own", "/east");
        route(west, "own", "/west");
        try (TcpRelay relay = new TcpRelay(west.port())) {
            relay.down();
            try (Wiring wiring = Wiring.start(settings(both(relay.port())), folder)) {
                body("/east");
                assertThat(one.requests()).hasSize(1);
                assertThat(wiring.live().problems()).singleElement().asString()
                        .contains("there is no last good state to serve meanwhile");
                relay.up();
                await("the cluster is read", () -> {
                    body("/west");
                    return !two.requests().isEmpty();
                });
            }
        }
    }
}
