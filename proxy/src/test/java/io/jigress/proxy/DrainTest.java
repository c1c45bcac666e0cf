package io.jigress.proxy;

import static io.jigress.proxy.GatewayUnderTest.millis;
import static org.assertj.core.api.Assertions.assertThat;

import io.jigress.config.GatewayConfig;
import io.jigress.config.Listener;
import io.jigress.config.PersistentMap;
import io.jigress.testkit.ReceivedResponse;
import io.jigress.testkit.Reply;
import io.jigress.testkit.TestClient;
import io.jigress.testkit.TestUpstream;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(NoLeaks.class)
class DrainTest {
    private static final Duration LONG = Duration.ofMinutes(1);

    @Test
    void aConnectionWithoutARequestClosesAfterTheQuietInterval() throws Exception {
        try (TestUpstream upstream = TestUpstream.named("a");
                GatewayUnderTest gateway = GatewayUnderTest.to(upstream).connections(100, millis(300)).start();
                TestClient rested = gateway.connect();
                TestClient fresh = gateway.connect()) {
            assertThat(rested.request("GET", "/").headers().contains("connection")).isFalse();
            long begin = System.nanoTime();
            CompletableFuture<Void> drained = gateway.drain(Duration.ZERO);
            rested.assertClosed();
            fresh.assertClosed();
            assertThat(Duration.ofNanos(System.nanoTime() - begin)).isBetween(millis(300), millis(5000));
            assertThat(drained).isNotDone();
            rested.shutdownOutput();
            fresh.shutdownOutput();
            drained.get(10, TimeUnit.SECONDS);
        }
    }

    @Test
    void aRequestWithinTheQuietIntervalIsAnsweredAndItsConnectionCloses() throws Exception {
        try (TestUpstream upstream = TestUpstream.named("a");
                GatewayUnderTest gateway = GatewayUnderTest.to(upstream).connections(100, LONG).start();
                TestClient rested = gateway.connect();
                TestClient fresh = gateway.connect()) {
            assertThat(rested.request("GET", "/").status()).isEqualTo(200);
            CompletableFuture<Void> drained = gateway.drain(Duration.ZERO);
            gateway.awaitRefusal(gateway.port());
            for (TestClient client : new TestClient[] {rested, fresh}) {
                ReceivedResponse response = client.request("GET", "/");
                assertThat(response.text()).isEqualTo("a");
                assertThat(response.headers().first("connection")).isEqualTo("close");
                client.assertClosed();
                client.shutdownOutput();
            }
            drained.get(10, TimeUnit.SECONDS);
        }
    }

    /// A request that crosses our FIN reads the end of the stream: a reset would look like a failure of the request itself.
    @Test
    void aConnectionThatClosesReadsOnForAMoment() {
        try (TestUpstream upstream = TestUpstream.named("a");
                GatewayUnderTest gateway = GatewayUnderTest.to(upstream).connections(100, millis(10)).start();
                TestClient client = gateway.connect()) {
            assertThat(client.request("GET", "/").status()).isEqualTo(200);
            CompletableFuture<Void> drained = gateway.drain(Duration.ZERO);
            client.assertClosed();
            client.send(TestClient.head("GET", "/late") + "\r\n");
            assertThat(gateway.metric("jigress_connections_closed_total")).isZero();
            client.shutdownOutput();
            drained.join();
            gateway.awaitMetric("jigress_connections_closed_total", 1);
            assertThat(upstream.requests()).hasSize(1);
        }
    }

    @Test
    void whatIsNotFinishedByTheDeadlineIsGivenUp() throws Exception {
        try (TestUpstream upstream = TestUpstream.start(call -> call.awaitClosedByPeer());
                GatewayUnderTest gateway = GatewayUnderTest.proxying(upstream);
                TestClient client = gateway.connect()) {
            client.send(TestClient.head("GET", "/") + "\r\n");
            upstream.awaitHeads(1);
            gateway.gateway().drain(Duration.ZERO, millis(100));
            client.assertOpen();
            gateway.gateway().close();
            client.assertClosed();
            upstream.awaitClosed();
        }
    }

    @Test
    void aListenerThatIsRemovedFinishesItsConnectionsAndLeavesOthersAlone() {
        CountDownLatch goOn = new CountDownLatch(1);
        try (TestUpstream upstream = TestUpstream.start(call -> {
            call.request();
            if (call.target().equals("/slow")) {
                call.await(goOn);
            }
            call.write(Reply.ok("done"));
        }); GatewayUnderTest gateway = GatewayUnderTest.to(upstream).connections(100, millis(50)).start()) {
            int removed = gateway.port();
            gateway.apply(config -> config.with(other(config)));
            int kept = gateway.gateway().boundPort("other");
            try (TestClient busy = gateway.connect();
                    TestClient idle = gateway.connect();
                    TestClient elsewhere = TestClient.connect(kept)) {
                assertThat(idle.request("GET", "/").text()).isEqualTo("done");
                assertThat(elsewhere.request("GET", "/").text()).isEqualTo("done");
                busy.send(TestClient.head("GET", "/slow") + "\r\n");
                upstream.awaitHeads(3);

                gateway.apply(config -> new GatewayConfig(PersistentMap.<String, Listener>empty().with("other", other(config)),
                        config.clusters()));
                gateway.awaitRefusal(removed);
                idle.assertClosed();
                goOn.countDown();
                ReceivedResponse last = busy.readResponse();
                assertThat(last.text()).isEqualTo("done");
                assertThat(last.headers().first("connection")).isEqualTo("close");
                busy.assertClosed();

                assertThat(elsewhere.request("GET", "/").headers().contains("connection")).isFalse();
                elsewhere.assertOpen();
                assertThat(TestClient.get(kept, "/").text()).isEqualTo("done");
            }
        }
    }

    private static Listener other(GatewayConfig config) {
        Listener like = config.listeners().get(GatewayUnderTest.LISTENER);
        if (like == null) {
            throw new AssertionError("not configured");
        }
        return new Listener("other", like.address(), 0, like.traffic());
    }
}
