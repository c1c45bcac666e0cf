package io.jigress.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import io.jigress.config.Cluster;
import io.jigress.config.ConnectionLimits;
import io.jigress.config.LoadBalancing;
import io.jigress.config.ProxyProtocolOutput;
import io.jigress.testkit.TestClient;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// Clusters whose connections begin with a header of the PROXY protocol, as HTTP requests use them: one connection for each request.
@Timeout(60)
class ProxyProtocolOutputTest {
    private final BlockingQueue<String> lines = new LinkedBlockingQueue<>();
    private volatile CountDownLatch answers = new CountDownLatch(0);

    /// Answers every request of a connection with the connection's first line, and would serve more requests on it.
    private void serve(Socket socket) throws IOException {
        BufferedReader in = new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.ISO_8859_1));
        String header = in.readLine();
        lines.add(String.valueOf(header));
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            if (line.isEmpty()) {
                try {
                    answers.await();
                } catch (InterruptedException e) {
                    throw new IOException(e);
                }
                socket.getOutputStream().write(TlsUpstream.ok(header).getBytes(StandardCharsets.ISO_8859_1));
            }
        }
    }

    private static Cluster cluster(TcpServer server, ConnectionLimits limits) {
        return GatewayUnderTest.cluster("up", limits, server.address());
    }

    private static String expected(GatewayUnderTest gateway, TestClient client) {
        return "PROXY TCP4 127.0.0.1 127.0.0.1 " + client.localPort() + " " + gateway.port();
    }

    @Test
    void eachRequestHasAConnectionOfItsOwn() throws IOException {
        try (TcpServer server = TcpServer.start(this::serve);
                GatewayUnderTest gateway = GatewayUnderTest.setup()
                        .cluster(cluster(server, ConnectionLimits.DEFAULT).with(ProxyProtocolOutput.V1))
                        .route(GatewayUnderTest.forward("all", "/", "up")).start();
                TestClient one = gateway.connect();
                TestClient two = gateway.connect()) {
            for (TestClient client : List.of(one, two, one, one)) {
                assertThat(client.request("GET", "/").text()).isEqualTo(expected(gateway, client));
            }
            assertThat(server.connections()).isEqualTo(4);
            gateway.awaitMetric("jigress_pool_connections_open{loop=\"0\"}", 0);
        }
    }

    @Test
    void theLimitOfConnectionsAppliesAndRequestsWaitForAPlace() throws IOException {
        ConnectionLimits limits = new ConnectionLimits(Duration.ofSeconds(5), Duration.ofSeconds(60), 2, 10);
        answers = new CountDownLatch(1);
        try (TcpServer server = TcpServer.start(this::serve);
                GatewayUnderTest gateway = GatewayUnderTest.setup()
                        .cluster(cluster(server, limits).with(ProxyProtocolOutput.V1))
                        .route(GatewayUnderTest.forward("all", "/", "up")).start()) {
            List<TestClient> clients = new ArrayList<>();
            List<CompletableFuture<String>> texts = new ArrayList<>();
            for (int i = 0; i < 6; i++) {
                TestClient client = gateway.connect();
                clients.add(client);
                texts.add(CompletableFuture.supplyAsync(() -> client.request("GET", "/").text(), Thread::startVirtualThread));
            }
            // All six wait until the first two are connected.
            gateway.awaitMetric("jigress_pool_connections_open{loop=\"0\"}", 2);
            gateway.awaitMetric("jigress_pool_pending{loop=\"0\"}", 4);
            assertThat(gateway.metric("jigress_pool_connections_open{loop=\"0\"}")).isEqualTo(2);
            answers.countDown();
            for (int i = 0; i < 6; i++) {
                assertThat(texts.get(i).join()).isEqualTo(expected(gateway, clients.get(i)));
                clients.get(i).close();
            }
            assertThat(server.connections()).isEqualTo(6);
        }
    }

    @Test
    void aConnectionWithoutHeaderIsNotUsedWhenTheClusterChanges() throws IOException {
        try (TcpServer server = TcpServer.start(this::serve);
                GatewayUnderTest gateway = GatewayUnderTest.setup().cluster(cluster(server, ConnectionLimits.DEFAULT))
                        .route(GatewayUnderTest.forward("all", "/", "up")).start();
                TestClient client = gateway.connect()) {
            assertThat(client.request("GET", "/").text()).startsWith("GET / ");
            gateway.apply(cluster(server, ConnectionLimits.DEFAULT).with(ProxyProtocolOutput.V1));
            assertThat(client.request("GET", "/").text()).isEqualTo(expected(gateway, client));
            gateway.apply(cluster(server, ConnectionLimits.DEFAULT));
            assertThat(client.request("GET", "/").text()).startsWith("GET / ");
        }
    }

    /// The endpoint with fewer requests gets the next one, also where connections are not pooled.
    @Test
    void leastRequestCountsTheRequestsInFlight() throws IOException {
        answers = new CountDownLatch(1);
        try (TcpServer slow = TcpServer.start(this::serve);
                TcpServer other = TcpServer.start(this::serve)) {
            Cluster base = GatewayUnderTest.cluster("up", ConnectionLimits.DEFAULT, slow.address(), other.address());
            Cluster cluster = new Cluster(base.name(), base.origin(), base.protocol(), base.protocolConfig(), base.endpoints(),
                    LoadBalancing.LEAST_REQUEST, base.connections()).with(ProxyProtocolOutput.V1);
            try (GatewayUnderTest gateway = GatewayUnderTest.setup().cluster(cluster)
                    .route(GatewayUnderTest.forward("all", "/", "up")).start()) {
                List<CompletableFuture<Integer>> all = new ArrayList<>();
                for (int i = 0; i < 10; i++) {
                    all.add(CompletableFuture.supplyAsync(() -> {
                        try (TestClient client = gateway.connect()) {
                            return client.request("GET", "/").status();
                        }
                    }, Thread::startVirtualThread));
                    gateway.awaitMetric("jigress_pool_connections_open{loop=\"0\"}", i + 1);
                }
                assertThat(slow.connections()).isEqualTo(5);
                assertThat(other.connections()).isEqualTo(5);
                answers.countDown();
                assertThat(all).allSatisfy(each -> assertThat(each.join()).isEqualTo(200));
            }
        }
    }
}
