package io.jigress.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import io.jigress.api.Exchange;
import io.jigress.api.FilterDecision;
import io.jigress.api.HttpFilter;
import io.jigress.config.GatewayConfig;
import io.jigress.config.PersistentMap;
import io.jigress.testkit.ReceivedResponse;
import io.jigress.testkit.Reply;
import io.jigress.testkit.TestClient;
import io.jigress.testkit.TestUpstream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.ValueSource;

/// The life cycle of connections and listeners, on every transport.
@ParameterizedClass(name = "{0}")
@ValueSource(strings = {"epoll", "io_uring", "nio"})
@ExtendWith(NoLeaks.class)
class TransportsTest {
    private static final int LOOPS = 2;
    private static final int BIG = 3_000_001;

    private final String transport;

    TransportsTest(String transport) {
        this.transport = transport;
    }

    private GatewayUnderTest.Setup to(TestUpstream upstream) {
        return GatewayUnderTest.to(upstream).on(transport, LOOPS);
    }

    private static byte[] random(int size) {
        byte[] bytes = new byte[size];
        new Random(size).nextBytes(bytes);
        return bytes;
    }

    @Test
    void connectionsCarryManyRequestsAndAreSpreadOverTheLoops() {
        try (TestUpstream upstream = TestUpstream.named("a"); GatewayUnderTest gateway = to(upstream).start()) {
            List<TestClient> clients = new ArrayList<>();
            for (int i = 0; i < 32; i++) {
                clients.add(gateway.connect());
            }
            for (int i = 0; i < 10; i++) {
                clients.forEach(client -> assertThat(client.request("GET", "/").text()).isEqualTo("a"));
            }
            double open = 0;
            for (int loop = 0; loop < LOOPS; loop++) {
                double here = gateway.metric("jigress_connections_open{loop=\"" + loop + "\"}");
                assertThat(here).as("connections on loop %d", loop).isPositive();
                open += here;
            }
            assertThat(open).isEqualTo(clients.size());
            gateway.awaitMetric("jigress_requests_total{route=\"HTTPRoute test/all\",status=\"2xx\"}", 10.0 * clients.size());
            clients.forEach(TestClient::close);
        }
    }

    @Test
    void bigBodiesPassBothWays() {
        byte[] body = random(BIG);
        try (TestUpstream upstream = TestUpstream.start(call -> {
            byte[] received = call.request().body();
            call.write(Reply.head(200, "content-length: " + received.length) + "\r\n").write(received);
        }); GatewayUnderTest gateway = to(upstream).start(); TestClient client = gateway.connect()) {
            for (int i = 0; i < 3; i++) {
                assertThat(client.request("POST", "/", body).body()).isEqualTo(body);
            }
            client.send(TestClient.head("POST", "/", "transfer-encoding: chunked") + "\r\n");
            for (int at = 0; at < BIG; at += 100_000) {
                byte[] part = Arrays.copyOfRange(body, at, Math.min(BIG, at + 100_000));
                client.send(Integer.toHexString(part.length) + "\r\n").send(part).send("\r\n");
            }
            client.send("0\r\n\r\n");
            assertThat(client.readResponse().body()).isEqualTo(body);
        }
    }

    @Test
    void aTunnelPassesBytesBothWaysAndEndsWithEitherSide() {
        try (TestUpstream upstream = TestUpstream.start(call -> {
            call.write("HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: chat\r\n\r\n");
            while (true) {
                String said = call.readRaw(1000);
                call.write(said);
                if (said.startsWith("end")) {
                    call.close();
                    return;
                }
            }
        }); GatewayUnderTest gateway = to(upstream).start()) {
            String said = "x".repeat(1000);
            try (TestClient tunnel = gateway.connect()) {
                assertThat(tunnel.request("GET", "/", "connection: upgrade", "upgrade: chat").status()).isEqualTo(101);
                for (int i = 0; i < 100; i++) {
                    assertThat(tunnel.send(said).readBytes(1000)).isEqualTo(said);
                }
            }
            upstream.awaitClosed();
            try (TestClient tunnel = gateway.connect()) {
                assertThat(tunnel.request("GET", "/", "connection: upgrade", "upgrade: chat").status()).isEqualTo(101);
                String last = "end" + "x".repeat(997);
                assertThat(tunnel.send(last).readUntilClose()).isEqualTo(last);
            }
        }
    }

    @Test
    void aClientThatGoesAwayEndsItsRequest() {
        try (TestUpstream upstream = TestUpstream.start(call -> {
            call.request();
            call.awaitClosedByPeer();
        }); GatewayUnderTest gateway = to(upstream).cancelOnHalfClose().start()) {
            try (TestClient leaves = gateway.connect(); TestClient resets = gateway.connect()) {
                leaves.send(TestClient.head("GET", "/") + "\r\n");
                resets.send(TestClient.head("GET", "/") + "\r\n");
                upstream.awaitRequests(2);
                resets.reset();
            }
            upstream.awaitClosed();
            gateway.awaitMetric("jigress_requests_cancelled_total", 2);
        }
    }

    @Test
    void anUpstreamThatIsNotThereIsAnswered502() throws IOException {
        int nobody;
        try (ServerSocket gone = new ServerSocket(0)) {
            nobody = gone.getLocalPort();
        }
        try (GatewayUnderTest gateway = GatewayUnderTest
                .to(new InetSocketAddress(InetAddress.getLoopbackAddress(), nobody)).on(transport, LOOPS)
                .start(); TestClient client = gateway.connect()) {
            assertThat(client.request("GET", "/").status()).isEqualTo(502);
            assertThat(client.request("GET", "/").status()).isEqualTo(502);
        }
    }

    @Test
    void changesUnderTrafficFailNothing() {
        try (TestUpstream a = TestUpstream.named("a");
                TestUpstream b = TestUpstream.named("b");
                GatewayUnderTest gateway = GatewayUnderTest.setup().on(transport, LOOPS).cluster("a", a.address())
                        .cluster("b", b.address()).route(GatewayUnderTest.forward("all", "/", "a")).start()) {
            AtomicBoolean over = new AtomicBoolean();
            List<CompletableFuture<Integer>> loads = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                loads.add(CompletableFuture.supplyAsync(() -> load(gateway.port(), over)));
            }
            try {
                for (int i = 0; i < 100; i++) {
                    gateway.apply(GatewayUnderTest.forward("all", "/", i % 2 == 0 ? "b" : "a"));
                }
            } finally {
                over.set(true);
            }
            assertThat(loads.stream().mapToInt(CompletableFuture::join).sum()).isPositive();
        }
    }

    /// Sends requests, five on each connection.
    private static int load(int port, AtomicBoolean over) {
        int served = 0;
        while (!over.get() || served == 0) {
            try (TestClient client = TestClient.connect(port)) {
                for (int i = 0; i < 5; i++) {
                    ReceivedResponse response = client.request("GET", "/");
                    if (response.status() != 200) {
                        throw new AssertionError(response);
                    }
                    served++;
                }
            }
        }
        return served;
    }

    @Test
    void drainingFinishesWhatIsInFlightAndClosesTheRest() throws Exception {
        CountDownLatch goOn = new CountDownLatch(1);
        try (TestUpstream upstream = TestUpstream.start(call -> {
            if (call.target().equals("/slow")) {
                call.request();
                call.await(goOn);
            }
            call.write(Reply.ok("done"));
        });
                GatewayUnderTest gateway = to(upstream).connections(100, GatewayUnderTest.millis(50)).start();
                TestClient busy = gateway.connect();
                TestClient idle = gateway.connect();
                TestClient fresh = gateway.connect()) {
            int port = gateway.port();
            assertThat(idle.request("GET", "/").text()).isEqualTo("done");
            busy.send(TestClient.head("GET", "/slow") + "\r\n");
            upstream.awaitHeads(2);
            CompletableFuture<Void> drained = gateway.drain(Duration.ZERO);
            idle.assertClosed();
            fresh.assertClosed();
            gateway.awaitRefusal(port);
            assertThat(drained).isNotDone();
            goOn.countDown();
            ReceivedResponse last = busy.readResponse();
            assertThat(last.text()).isEqualTo("done");
            assertThat(last.headers().first("connection")).isEqualTo("close");
            busy.shutdownOutput();
            drained.get(10, TimeUnit.SECONDS);
        }
    }

    @Test
    void connectionsThatWaitAreServedBeforeTheirListenerCloses() throws Exception {
        CountDownLatch blocked = new CountDownLatch(1);
        CountDownLatch goOn = new CountDownLatch(1);
        HttpFilter blocksTheLoop = new HttpFilter() {
            @Override
            public FilterDecision onRequestHead(Exchange exchange) {
                blocked.countDown();
                try {
                    goOn.await();
                } catch (InterruptedException e) {
                    throw new AssertionError(e);
                }
                return FilterDecision.CONTINUE;
            }
        };
        try (TestUpstream upstream = TestUpstream.named("a");
                GatewayUnderTest gateway = GatewayUnderTest.to(upstream).on(transport, 1).filters(TestFilter.of(blocksTheLoop))
                        .start()) {
            int port = gateway.port();
            List<TestClient> clients = new ArrayList<>();
            clients.add(gateway.connect().send(TestClient.head("GET", "/") + "\r\n"));
            blocked.await();
            for (int i = 0; i < 30; i++) {
                clients.add(gateway.connect().send(TestClient.head("GET", "/") + "\r\n"));
            }
            Thread closing = Thread.ofPlatform()
                    .start(() -> gateway.apply(config -> new GatewayConfig(PersistentMap.empty(), config.clusters())));
            GatewayUnderTest.await(() -> closing.getState() == Thread.State.WAITING, () -> "the listener to be closed");
            goOn.countDown();
            for (TestClient client : clients) {
                ReceivedResponse response = client.readResponse();
                assertThat(response.text()).isEqualTo("a");
                assertThat(response.headers().first("connection")).isEqualTo("close");
                client.assertClosed();
            }
            closing.join();
            gateway.awaitRefusal(port);
        }
    }
}
