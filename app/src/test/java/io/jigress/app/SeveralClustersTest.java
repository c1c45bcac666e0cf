package io.jigress.app;

import static io.jigress.app.Await.await;
import static org.assertj.core.api.Assertions.assertThat;

import io.jigress.app.run.Wiring;
import io.jigress.app.run.WiringTest;
import io.jigress.app.settings.KnownSettings;
import io.jigress.app.settings.Settings;
import io.jigress.control.Problem;
import io.jigress.testkit.TestClient;
import io.jigress.testkit.TestUpstream;
import io.jigress.testkit.kubernetes.KubeApiServer;
import io.jigress.testkit.kubernetes.TcpRelay;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// A gateway on two real API servers; skipped without them.
@Tag("suite")
@Timeout(180)
class SeveralClustersTest {
    private static final String NAMESPACE = "several";

    @TempDir private Path folder;
    private ClusterObjects east;
    private ClusterObjects west;
    private TestUpstream one;
    private TestUpstream two;
    private TcpRelay toOne;
    private TcpRelay toTwo;
    private int port;

    @BeforeEach
    void clusters() throws Exception {
        east = ClusterObjects.in(KubeApiServer.shared(), NAMESPACE);
        west = ClusterObjects.in(KubeApiServer.second(), NAMESPACE);
        one = TestUpstream.named("one");
        two = TestUpstream.named("two");
        toOne = new TcpRelay(east.address(), one.port());
        toTwo = new TcpRelay(west.address(), two.port());
        port = WiringTest.freePort();
        east.gateway(port);
        west.gateway(port);
        east.service(toOne.port());
        west.service(toTwo.port());
    }

    @AfterEach
    void clear() {
        if (toTwo == null) {
            return;
        }
        toOne.close();
        toTwo.close();
        one.close();
        two.close();
        for (ClusterObjects cluster : List.of(east, west)) {
            cluster.clear("both", "own");
            cluster.delete("jigress.io/v1", "TrafficPolicy", "near");
        }
    }

    private Settings settings(Map<String, KubeApiServer.Context> contexts) {
        return ClusterObjects.settings(KubeApiServer.kubeconfig(folder, contexts), NAMESPACE)
                .with(KnownSettings.CONFIG_SOURCES, contexts.keySet().stream().map(name -> "kubernetes:" + name).toList(),
                        "test");
    }

    private Map<String, KubeApiServer.Context> both() {
        return both(east.server().port(), west.server().port());
    }

    private Map<String, KubeApiServer.Context> both(int eastPort, int westPort) {
        Map<String, KubeApiServer.Context> contexts = new LinkedHashMap<>();
        contexts.put("east", new KubeApiServer.Context(east.server(), eastPort));
        contexts.put("west", new KubeApiServer.Context(west.server(), westPort));
        return contexts;
    }

    private String body(String target) {
        try {
            return TestClient.get(port, target).text();
        } catch (Exception | AssertionError _) {
            return "";
        }
    }

    @Test
    void routesOfTwoClustersMergeAndEachLeadsToItsOwnService() throws Exception {
        east.route("own", "/east");
        west.route("own", "/west");
        try (Wiring wiring = Wiring.start(settings(both()), folder)) {
            body("/east/1");
            body("/west/2");
            assertThat(one.requests()).singleElement().satisfies(request -> assertThat(request.target()).isEqualTo("/east/1"));
            assertThat(two.requests()).singleElement().satisfies(request -> assertThat(request.target()).isEqualTo("/west/2"));
            assertThat(wiring.live().problems()).isEmpty();
            await("each cluster gets the statuses of its own objects", () -> east.isAccepted("own") && west.isAccepted("own"));
        }
    }

    @Test
    void aJoinedServiceFailsOverToTheOtherCluster() throws Exception {
        east.route("both", "/");
        try (Wiring _ = Wiring.start(joined(both()), folder)) {
            for (int i = 0; i < 10; i++) {
                body("/");
            }
            assertThat(one.requests()).hasSize(10);
            assertThat(two.requests()).isEmpty();
            east.noEndpoints();
            await("requests go west", () -> {
                body("/");
                return !two.requests().isEmpty();
            });
            east.endpoint(toOne.port(), "");
            int before = one.requests().size();
            await("requests go east again", () -> {
                body("/");
                return one.requests().size() > before;
            });
        }
    }

    /// The API server of the cluster with the route is gone, and its endpoint refuses connections.
    @Test
    void aJoinedServiceIsServedByTheOtherClusterWhenAWholeClusterDies() throws Exception {
        east.route("both", "/");
        try (TcpRelay api = new TcpRelay(east.server().port());
                Wiring wiring = Wiring.start(joined(both(api.port(), west.server().port())), folder)) {
            assertThat(TestClient.get(port, "/").text()).isEqualTo("one");
            api.down();
            toOne.down();
            for (int i = 0; i < 20; i++) {
                assertThat(TestClient.get(port, "/").text()).as("request %d", i).isEqualTo("two");
            }
            await("the outage is told", () -> wiring.live().problems().stream().map(Problem::toString)
                    .anyMatch(problem -> problem.startsWith("Cluster kubernetes:east: cannot be read from ")));
            toOne.up();
            api.up();
            await("requests go to the route's cluster again", () -> {
                body("/");
                return one.requests().size() > 1;
            });
            await("the cluster is read again", () -> wiring.live().problems().isEmpty());
        }
    }

    /// The endpoint of the cluster with the route does not answer, as when its network is gone.
    @Test
    void aJoinedServiceIsServedByTheOtherClusterWhenConnectionsAreNotAnswered() throws Exception {
        try (SilentPort silent = new SilentPort(east.address());
                TcpRelay api = new TcpRelay(east.server().port())) {
            east.endpoint(silent.port(), "");
            east.route("both", "/");
            Settings settings = joined(both(api.port(), west.server().port())).with(KnownSettings.TIMEOUTS_CONNECT,
                    Duration.ofMillis(200), "test");
            try (Wiring _ = Wiring.start(settings, folder)) {
                api.down();
                for (int i = 0; i < 20; i++) {
                    assertThat(TestClient.get(port, "/").text()).as("request %d", i).isEqualTo("two");
                }
            }
        }
    }

    private Settings joined(Map<String, KubeApiServer.Context> contexts) {
        return settings(contexts).with(KnownSettings.KUBERNETES_JOINED, List.of(NAMESPACE + "/cart"), "test");
    }

    /// A port whose connections are neither accepted nor refused: the queue of connections to be accepted is full.
    private static final class SilentPort implements AutoCloseable {
        private static final int MOST = 16;

        private final ServerSocket server;
        private final List<Socket> queued = new ArrayList<>();

        SilentPort(InetAddress address) throws IOException {
            server = new ServerSocket(0, 1, address);
            while (queued.size() < MOST) {
                Socket socket = new Socket();
                queued.add(socket);
                try {
                    socket.connect(server.getLocalSocketAddress(), 200);
                } catch (SocketTimeoutException _) {
                    return;
                }
            }
            throw new AssertionError("the queue takes more than " + MOST + " connections");
        }

        int port() {
            return server.getLocalPort();
        }

        @Override
        public void close() throws IOException {
            for (Socket socket : queued) {
                socket.close();
            }
            server.close();
        }
    }

    /// The zones of the endpoints of both clusters; the gateway is in zone b.
    private Settings zones(String ofEast, String ofWest, boolean ownFirst) {
        east.endpoint(toOne.port(), ofEast);
        west.endpoint(toTwo.port(), ofWest);
        east.apply("jigress.io/v1", "TrafficPolicy", "near",
                "},'spec':{'targetRefs':[{'kind':'Service','name':'cart'}],'loadBalancing':{'preferZone':true}}");
        east.route("both", "/");
        return settings(both()).with(KnownSettings.KUBERNETES_JOINED, List.of("*"), "test")
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
            west.noEndpoints();
            await("requests go to another zone", () -> {
                body("/");
                return !one.requests().isEmpty();
            });
            west.endpoint(toTwo.port(), "b");
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
            east.noEndpoints();
            await("requests go to the other cluster", () -> {
                body("/");
                return !two.requests().isEmpty();
            });
        }
    }

    @Test
    void aClusterThatGoesAwayKeepsItsObjectsAndItsAgeIsShown() throws Exception {
        west.route("own", "/west");
        try (TcpRelay relay = new TcpRelay(west.server().port());
                Wiring wiring = Wiring.start(settings(both(east.server().port(), relay.port())), folder)) {
            body("/west");
            assertThat(two.requests()).hasSize(1);
            relay.down();
            await("the outage is told", () -> wiring.live().problems().stream().map(Problem::toString)
                    .anyMatch(problem -> problem
                            .matches("Cluster kubernetes:west: cannot be read from .* since .*; the objects read"
                                    + " last stay in effect.*")));
            body("/west");
            assertThat(two.requests()).hasSize(2);
            east.route("own", "/east");
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
        east.route("own", "/east");
        west.route("own", "/west");
        try (TcpRelay relay = new TcpRelay(west.server().port())) {
            relay.down();
            try (Wiring wiring = Wiring.start(settings(both(east.server().port(), relay.port())), folder)) {
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
