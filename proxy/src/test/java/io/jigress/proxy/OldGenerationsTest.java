package io.jigress.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import io.jigress.config.GatewayConfig;
import io.jigress.config.Listener;
import io.jigress.config.PersistentMap;
import io.jigress.config.Route;
import io.jigress.testkit.TestClient;
import io.jigress.testkit.TestUpstream;
import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// What is no longer configured can be garbage collected, even while clients are still connected.
@Timeout(60)
class OldGenerationsTest {
    private static final int TUNNELS = 50;
    private static final String UPGRADE = TestClient.head("GET", "/chat", "connection: upgrade", "upgrade: chat") + "\r\n";

    private static TestUpstream chat() {
        return TestUpstream.start(call -> {
            if (call.target().equals("/chat")) {
                call.write("HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: chat\r\n\r\n");
                while (true) {
                    call.write(call.readRaw(1));
                }
            } else {
                call.write("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
            }
        });
    }

    private static TestClient tunnel(GatewayUnderTest gateway) {
        TestClient client = gateway.connect().send(UPGRADE);
        assertThat(client.readHead().status()).isEqualTo(101);
        return client;
    }

    private static void assertTunnels(List<TestClient> tunnels) {
        tunnels.forEach(tunnel -> assertThat(tunnel.send("x").readBytes(1)).isEqualTo("x"));
    }

    private static void awaitCollected(List<WeakReference<Route>> routes, int left) {
        GatewayUnderTest.await(() -> {
            System.gc();
            return routes.stream().filter(route -> route.get() != null).count() <= left;
        }, () -> "routes that nobody uses to be collected; there are "
                + routes.stream().filter(route -> route.get() != null).count());
    }

    @Test
    void tunnelsKeepNoRoutesAlive() {
        try (TestUpstream upstream = chat();
                GatewayUnderTest gateway = GatewayUnderTest.setup().cluster("a", upstream.address())
                        .route(GatewayUnderTest.forward("all", "/", "a")).start()) {
            List<WeakReference<Route>> routes = new ArrayList<>();
            List<TestClient> tunnels = new ArrayList<>();
            for (int i = 0; i < TUNNELS; i++) {
                routes.add(change(gateway, i));
                tunnels.add(tunnel(gateway));
            }
            awaitCollected(routes, 1);
            assertTunnels(tunnels);
            tunnels.forEach(TestClient::close);
        }
    }

    @Test
    void tunnelsKeepNoHeads() {
        try (TestUpstream upstream = chat();
                GatewayUnderTest gateway = GatewayUnderTest.setup().cluster("a", upstream.address())
                        .route(GatewayUnderTest.forward("all", "/", "a")).start()) {
            List<TestClient> tunnels = new ArrayList<>();
            for (int i = 0; i < 5; i++) {
                tunnels.add(tunnel(gateway));
                GatewayUnderTest.await(() -> memory(gateway).contains("\"pooledHeads\":2,"),
                        () -> "one head of a request and one of a response to be free in " + memory(gateway));
            }
            assertTunnels(tunnels);
            tunnels.forEach(TestClient::close);
        }
    }

    private static String memory(GatewayUnderTest gateway) {
        return gateway.gateway().memory().build().toString();
    }

    private static WeakReference<Route> change(GatewayUnderTest gateway, int number) {
        Route route = GatewayUnderTest.forward("all", number % 2 == 0 ? "/" : "/chat", "a");
        gateway.apply(route);
        return new WeakReference<>(route);
    }

    @Test
    void theRoutesOfAClosedListenerAreCollectedWhileItsTunnelsGoOn() {
        try (TestUpstream upstream = chat();
                GatewayUnderTest gateway = GatewayUnderTest.setup().cluster("a", upstream.address())
                        .route(GatewayUnderTest.forward("all", "/", "a")).start()) {
            List<WeakReference<Route>> routes = List.of(openAnother(gateway));
            List<TestClient> tunnels = List.of(tunnel(gateway, "other"), tunnel(gateway, "other"));
            try (TestClient client = TestClient.connect(gateway.gateway().boundPort("other"))) {
                assertThat(client.request("GET", "/").status()).isEqualTo(200);
            }
            gateway.apply(config -> new GatewayConfig(config.listeners().without("other"), config.clusters()));
            awaitCollected(routes, 0);
            assertTunnels(tunnels);
            tunnels.forEach(TestClient::close);
        }
    }

    private static WeakReference<Route> openAnother(GatewayUnderTest gateway) {
        Route route = GatewayUnderTest.forward("other", "/", "a");
        Listener listener = GatewayUnderTest.listener("other", 0, PersistentMap.<String, Route>empty().with("other", route));
        gateway.apply(config -> config.with(listener));
        return new WeakReference<>(route);
    }

    private static TestClient tunnel(GatewayUnderTest gateway, String listener) {
        TestClient client = TestClient.connect(gateway.gateway().boundPort(listener)).send(UPGRADE);
        assertThat(client.readHead().status()).isEqualTo(101);
        return client;
    }
}
