package io.jigress.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import io.jigress.api.Exchange;
import io.jigress.api.FilterDecision;
import io.jigress.api.HttpFilter;
import io.jigress.api.Resumption;
import io.jigress.config.Cluster;
import io.jigress.config.ConnectionLimits;
import io.jigress.config.GatewayConfig;
import io.jigress.testkit.ReceivedResponse;
import io.jigress.testkit.TestClient;
import io.jigress.testkit.TestUpstream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.LongAdder;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(NoLeaks.class)
class HotUpdateTest {

    @Test
    void aChangedRouteServesTheNextRequestOfAnOpenConnection() {
        try (TestUpstream a = TestUpstream.named("a");
                TestUpstream b = TestUpstream.named("b");
                GatewayUnderTest gateway = GatewayUnderTest.setup().cluster("a", a.address()).cluster("b", b.address())
                        .route(GatewayUnderTest.forward("all", "/", "a")).start();
                TestClient client = gateway.connect()) {
            for (int i = 0; i < 20; i++) {
                String now = i % 2 == 0 ? "b" : "a";
                gateway.apply(GatewayUnderTest.forward("all", "/", now));
                assertThat(client.request("GET", "/").text()).isEqualTo(now);
            }
        }
    }

    @Test
    void aNewClusterServesTheNextRequest() {
        try (TestUpstream a = TestUpstream.named("a");
                TestUpstream b = TestUpstream.named("b");
                GatewayUnderTest gateway = GatewayUnderTest.setup().cluster("up", a.address())
                        .route(GatewayUnderTest.forward("all", "/", "up")).start();
                TestClient client = gateway.connect()) {
            assertThat(client.request("GET", "/").text()).isEqualTo("a");
            gateway.apply(GatewayUnderTest.cluster("up", io.jigress.config.ConnectionLimits.DEFAULT, b.address()));
            assertThat(client.request("GET", "/").text()).isEqualTo("b");
        }
    }

    @Test
    void changesUnderLoadFailNoRequestAndCloseNoConnection() throws Exception {
        try (TestUpstream a = TestUpstream.named("a");
                TestUpstream b = TestUpstream.named("b");
                GatewayUnderTest gateway = GatewayUnderTest.setup().cluster("a", a.address()).cluster("b", b.address())
                        .route(GatewayUnderTest.forward("all", "/", "a")).start();
                TestClient idle = gateway.connect();
                ExecutorService clients = Executors.newFixedThreadPool(4)) {
            assertThat(idle.request("GET", "/").status()).isEqualTo(200);
            AtomicBoolean over = new AtomicBoolean();
            List<Future<Integer>> loads = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                loads.add(clients.submit(() -> load(gateway.port(), over)));
            }
            try {
                for (int i = 0; i < 300; i++) {
                    gateway.apply(GatewayUnderTest.forward("all", "/", i % 2 == 0 ? "b" : "a"));
                    gateway.apply(GatewayUnderTest.forward("other-" + i, "/other-" + i, "a"));
                }
            } finally {
                over.set(true);
            }
            assertThat(sum(loads)).isGreaterThan(300);
            idle.assertOpen();
            assertThat(idle.request("GET", "/").text()).isEqualTo("a");
            assertThat(idle.request("GET", "/other-299").text()).isEqualTo("a");
        }
    }

    @Test
    @Tag("suite")
    void movingARouteBetweenClustersThatComeAndGoFailsNoRequest() throws Exception {
        try (TestUpstream a = TestUpstream.named("a");
                TestUpstream b = TestUpstream.named("b");
                GatewayUnderTest gateway = GatewayUnderTest.setup().on("auto", 2).cluster("a", a.address())
                        .route(GatewayUnderTest.forward("all", "/", "a")).start();
                ExecutorService clients = Executors.newVirtualThreadPerTaskExecutor()) {
            AtomicBoolean over = new AtomicBoolean();
            List<Future<Integer>> loads = new ArrayList<>();
            LongAdder served = new LongAdder();
            for (int i = 0; i < 4; i++) {
                loads.add(clients.submit(() -> load(gateway.port(), over, served)));
            }
            Cluster toA = GatewayUnderTest.cluster("a", ConnectionLimits.DEFAULT, a.address());
            Cluster toB = GatewayUnderTest.cluster("b", ConnectionLimits.DEFAULT, b.address());
            try {
                for (int i = 0; (i < 5_000 || served.sum() < 20_000) && loads.stream().noneMatch(Future::isDone); i++) {
                    gateway.apply(GatewayUnderTest.forward("all", "/", "b"), toB, "a");
                    gateway.apply(GatewayUnderTest.forward("all", "/", "a"), toA, "b");
                }
            } finally {
                over.set(true);
            }
            assertThat(sum(loads)).isGreaterThanOrEqualTo(20_000);
        }
    }

    @Test
    void aRequestThatWaitsInAFilterGoesToTheClusterItWasMatchedTo() throws Exception {
        CompletableFuture<Resumption> waiting = new CompletableFuture<>();
        TestFilter filter = TestFilter.of(new HttpFilter() {
            @Override
            public FilterDecision onRequestHead(Exchange exchange) {
                Resumption resumption = exchange.suspend(Duration.ofSeconds(20), FilterDecision.CONTINUE);
                waiting.complete(resumption);
                return new FilterDecision.Wait(resumption);
            }
        });
        try (TestUpstream a = TestUpstream.named("a");
                GatewayUnderTest gateway = GatewayUnderTest.setup().cluster("a", a.address()).filters(filter)
                        .route(GatewayUnderTest.forward("all", "/", "a")).start();
                TestClient client = gateway.connect()) {
            client.send(TestClient.head("GET", "/") + "\r\n");
            Resumption resumption = waiting.get(10, TimeUnit.SECONDS);
            gateway.apply(config -> new GatewayConfig(config.listeners(), config.clusters().without("a")));
            resumption.resume(FilterDecision.CONTINUE);
            assertThat(client.readResponse().text()).isEqualTo("a");
        }
    }

    private static int sum(List<Future<Integer>> loads) throws ExecutionException, InterruptedException {
        int sum = 0;
        for (Future<Integer> load : loads) {
            sum += load.get();
        }
        return sum;
    }

    /// Sends requests on one connection until it is over; any failure is an exception.
    private static int load(int port, AtomicBoolean over) {
        return load(port, over, new LongAdder());
    }

    private static int load(int port, AtomicBoolean over, LongAdder all) {
        int served = 0;
        try (TestClient client = TestClient.connect(port)) {
            while (!over.get() || served < 100) {
                ReceivedResponse response = client.request("GET", "/load", "x-a: b");
                if (response.status() != 200) {
                    throw new AssertionError(response);
                }
                served++;
                all.increment();
            }
        }
        return served;
    }

    @Test
    void aTunnelOutlivesItsRoute() {
        try (TestUpstream chat = TestUpstream.start(call -> {
            call.write("HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: chat\r\n\r\n");
            while (true) {
                call.write(call.readRaw(1));
            }
        });
                TestUpstream b = TestUpstream.named("b");
                GatewayUnderTest gateway = GatewayUnderTest.setup().cluster("a", chat.address()).cluster("b", b.address())
                        .route(GatewayUnderTest.forward("all", "/", "a")).start();
                TestClient tunnel = gateway.connect()) {
            assertThat(tunnel.request("GET", "/chat", "connection: upgrade", "upgrade: chat").status()).isEqualTo(101);
            gateway.apply(GatewayUnderTest.forward("all", "/", "b"));
            assertThat(TestClient.get(gateway.port(), "/").text()).isEqualTo("b");
            assertThat(tunnel.send("x").readBytes(1)).isEqualTo("x");
        }
    }
}
