package io.jigress.proxy;

import static io.jigress.proxy.GatewayUnderTest.millis;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.jigress.config.GatewayConfig;
import io.jigress.config.Listener;
import io.jigress.config.PersistentMap;
import io.jigress.testkit.TestClient;
import io.jigress.testkit.TestUpstream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@EachTransport
@ExtendWith(NoLeaks.class)
class ListenersTest {
    private final String transport;

    ListenersTest(String transport) {
        this.transport = transport;
    }

    private GatewayUnderTest.Setup to(TestUpstream upstream) {
        return GatewayUnderTest.to(upstream).on(transport, 2);
    }

    @Test
    void aConnectionPastTheLimitIsClosedAndCounted() {
        try (TestUpstream upstream = TestUpstream.named("a");
                GatewayUnderTest gateway = to(upstream).connections(3, millis(100)).start()) {
            List<TestClient> clients = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                TestClient client = gateway.connect();
                clients.add(client);
                assertThat(client.request("GET", "/").text()).isEqualTo("a");
            }
            for (int i = 0; i < 5; i++) {
                try (TestClient beyond = gateway.connect()) {
                    beyond.assertClosed();
                }
            }
            gateway.awaitMetric("jigress_connections_refused_total", 5);
            assertThat(gateway.metric("jigress_connections_accepted_total")).isEqualTo(3);
            clients.getFirst().close();
            gateway.awaitMetric("jigress_connections_closed_total", 1);
            assertThat(TestClient.get(gateway.port(), "/").text()).isEqualTo("a");
            clients.forEach(TestClient::close);
        }
    }

    @Test
    void aPortPassesFromOneListenerToAnotherInOneChange() {
        try (TestUpstream upstream = TestUpstream.named("a");
                GatewayUnderTest gateway = to(upstream).start();
                TestClient open = gateway.connect()) {
            assertThat(open.request("GET", "/").text()).isEqualTo("a");
            int port = gateway.port();
            for (int i = 0; i < 20; i++) {
                String name = "another-" + i;
                gateway.apply(config -> {
                    List<Listener> renamed = new ArrayList<>();
                    config.listeners().forEach((_, was) -> renamed.add(new Listener(name, was.address(), port, was.traffic())));
                    return new GatewayConfig(PersistentMap.<String, Listener>empty().with(name, renamed.getFirst()),
                            config.clusters());
                });
                assertThat(gateway.gateway().boundPort(name)).isEqualTo(port);
                assertThat(TestClient.get(port, "/").text()).isEqualTo("a");
            }
        }
    }

    /// The kernel's list of sockets shows for each which timer runs: 02 is keep-alive.
    @Test
    void thePeersOfATunnelAreProbedWhenNothingComes() {
        assumeThat(Files.exists(Path.of("/proc/net/tcp"))).isTrue();
        try (TestUpstream upstream = TestUpstream.start(call -> {
            call.write("HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: chat\r\n\r\n");
            call.awaitClosedByPeer();
        }); GatewayUnderTest gateway = to(upstream).start(); TestClient tunnel = gateway.connect()) {
            assertThat(tunnel.request("GET", "/", "connection: upgrade", "upgrade: chat").status()).isEqualTo(101);
            GatewayUnderTest.await(() -> timer(gateway.port(), tunnel.localPort()).equals("02"), () -> "the client to be probed");
            GatewayUnderTest.await(() -> timer(-1, upstream.port()).equals("02"), () -> "the upstream to be probed");
        }
    }

    /// The timer of the connection between these ports of the loopback, the first at our end; -1 stands for any.
    private static String timer(int local, int remote) {
        for (String table : List.of("/proc/net/tcp", "/proc/net/tcp6")) {
            try {
                for (String line : Files.readAllLines(Path.of(table))) {
                    String[] words = line.strip().split("\\s+");
                    if (words[3].equals("01") && (local < 0 || words[1].endsWith(":%04X".formatted(local)))
                            && words[2].endsWith(":%04X".formatted(remote))) {
                        return words[5].substring(0, 2);
                    }
                }
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
        return "";
    }
}
