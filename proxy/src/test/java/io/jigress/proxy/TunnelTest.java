package io.jigress.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import io.jigress.api.Body;
import io.jigress.api.Exchange;
import io.jigress.api.FilterDecision;
import io.jigress.api.HeaderName;
import io.jigress.api.HttpFilter;
import io.jigress.api.LocalReply;
import io.jigress.api.ResponseHead;
import io.jigress.proxy.exchange.TunnelSettings;
import io.jigress.testkit.ReceivedResponse;
import io.jigress.testkit.ServerCall;
import io.jigress.testkit.TestClient;
import io.jigress.testkit.TestUpstream;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/// How tunnels end: each direction ends separately, and no byte of either is lost.
@EachTransport
@ExtendWith(NoLeaks.class)
class TunnelTest {
    private static final int MANY = 4_000_000;
    private static final String SWITCHING = "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: chat\r\n\r\n";

    private static final String TUNNELS = "jigress_tunnels_open{loop=\"0\"}";

    private final String transport;

    TunnelTest(String transport) {
        this.transport = transport;
    }

    private GatewayUnderTest.Setup to(TestUpstream upstream) {
        return GatewayUnderTest.to(upstream).on(transport, 1);
    }

    private static TestClient open(GatewayUnderTest gateway) {
        TestClient client = gateway.connect();
        assertThat(client.request("GET", "/", "connection: upgrade", "upgrade: chat").status()).isEqualTo(101);
        return client;
    }

    private static String text(int size) {
        StringBuilder text = new StringBuilder(size);
        for (int i = 0; i < size; i++) {
            text.append((char) ('a' + i / 1000 % 26));
        }
        return text.toString();
    }

    /// An upstream that returns what it has received when its peer has ended, and reads nothing until the latch is open.
    private static TestUpstream receiving(CountDownLatch mayRead, CompletableFuture<String> received, Ending ending) {
        return TestUpstream.start(call -> {
            call.write(SWITCHING);
            ending.end(call);
            call.await(mayRead);
            received.complete(call.awaitClosedByPeer());
            call.close();
        });
    }

    private interface Ending {
        void end(ServerCall call) throws IOException;
    }

    @Test
    void allThatAClientSentBeforeItClosedArrives() {
        arrives(TestClient::close, _ -> {});
    }

    @Test
    void allThatAClientSentBeforeItEndedItsDirectionArrives() {
        arrives(TestClient::shutdownOutput, _ -> {});
    }

    @Test
    void allThatAClientSentAfterTheUpstreamHadEndedItsDirectionArrives() {
        arrives(TestClient::close, ServerCall::shutdownOutput);
    }

    private void arrives(Consumer<TestClient> end, Ending ending) {
        CountDownLatch mayRead = new CountDownLatch(1);
        CompletableFuture<String> received = new CompletableFuture<>();
        String sent = text(MANY);
        try (TestUpstream upstream = receiving(mayRead, received, ending);
                GatewayUnderTest gateway = to(upstream).start();
                TestClient client = open(gateway)) {
            Thread writer = Thread.ofPlatform().start(() -> {
                client.send(sent);
                end.accept(client);
            });
            // By now everything is sent if the buffers in between can hold it; else the rest is sent while the upstream reads.
            join(writer);
            mayRead.countDown();
            same(received.join(), sent);
            gateway.awaitMetric(TUNNELS, 0);
            upstream.awaitClosed();
        }
    }

    private static void same(String received, String sent) {
        assertThat(received.length()).isEqualTo(sent.length());
        assertThat(received.equals(sent)).isTrue();
    }

    private static void join(Thread writer) {
        try {
            writer.join(1_000);
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void allThatAnUpstreamSentBeforeItClosedArrives() {
        String sent = text(MANY);
        try (TestUpstream upstream = TestUpstream.start(call -> call.write(SWITCHING).write(sent).close());
                GatewayUnderTest gateway = to(upstream).start();
                TestClient client = open(gateway)) {
            same(client.readUntilClose(), sent);
            client.shutdownOutput();
            gateway.awaitMetric(TUNNELS, 0);
        }
    }

    @Test
    void aClientThatHasEndedItsDirectionStillReceives() {
        try (TestUpstream upstream = TestUpstream.start(call -> {
            call.write(SWITCHING);
            String heard = call.awaitClosedByPeer();
            call.write("heard " + heard).close();
        }); GatewayUnderTest gateway = to(upstream).start(); TestClient client = open(gateway)) {
            client.send("hello").shutdownOutput();
            assertThat(client.readUntilClose()).isEqualTo("heard hello");
            upstream.awaitClosed();
            gateway.awaitMetric(TUNNELS, 0);
        }
    }

    @Test
    void anUpstreamThatHasEndedItsDirectionStillReceives() {
        CompletableFuture<String> heard = new CompletableFuture<>();
        try (TestUpstream upstream = TestUpstream.start(call -> {
            call.write(SWITCHING).write("bye");
            call.shutdownOutput();
            heard.complete(call.awaitClosedByPeer());
        }); GatewayUnderTest gateway = to(upstream).start(); TestClient client = open(gateway)) {
            assertThat(client.readUntilClose()).isEqualTo("bye");
            client.send("still here").shutdownOutput();
            assertThat(heard.join()).isEqualTo("still here");
            upstream.awaitClosed();
            gateway.awaitMetric(TUNNELS, 0);
        }
    }

    @Test
    void aResetEndsBothDirections() {
        try (TestUpstream upstream = TestUpstream.start(call -> {
            call.write(SWITCHING);
            call.awaitClosedByPeer();
        }); GatewayUnderTest gateway = to(upstream).start()) {
            try (TestClient client = open(gateway)) {
                client.reset();
            }
            upstream.awaitClosed();
            gateway.awaitMetric(TUNNELS, 0);
        }
    }

    @Test
    void aHalfClosedTunnelEndsWhenNothingMovesAnyMore() {
        CountDownLatch over = new CountDownLatch(1);
        try (TestUpstream upstream = TestUpstream.start(call -> call.write(SWITCHING).await(over));
                GatewayUnderTest gateway = to(upstream)
                        .tunnels(new TunnelSettings(GatewayUnderTest.millis(200), Duration.ZERO, Duration.ZERO)).start();
                TestClient client = open(gateway);
                TestClient whole = open(gateway)) {
            client.shutdownOutput();
            client.assertClosed();
            gateway.awaitMetric(TUNNELS, 1);
            whole.assertOpen();
            over.countDown();
        }
    }

    @Test
    void aTunnelOnWhichNothingMovesIsClosed() {
        CountDownLatch over = new CountDownLatch(1);
        try (TestUpstream upstream = TestUpstream.start(call -> call.write(SWITCHING).await(over));
                GatewayUnderTest gateway = to(upstream)
                        .tunnels(new TunnelSettings(Duration.ofMinutes(1), GatewayUnderTest.millis(200), Duration.ZERO)).start();
                TestClient client = open(gateway)) {
            client.assertClosed();
            gateway.awaitMetric(TUNNELS, 0);
            over.countDown();
        }
    }

    @Test
    void tunnelsOfAListenerThatDrainsEndWithinTheirTime() {
        CountDownLatch over = new CountDownLatch(1);
        try (TestUpstream upstream = TestUpstream.start(call -> call.write(SWITCHING).await(over));
                GatewayUnderTest gateway = to(upstream)
                        .tunnels(new TunnelSettings(Duration.ofMinutes(1), Duration.ZERO, GatewayUnderTest.millis(300))).start();
                TestClient one = open(gateway);
                TestClient two = open(gateway)) {
            CompletableFuture<Void> drained = gateway.drain(Duration.ZERO);
            one.assertClosed();
            two.assertClosed();
            drained.join();
            over.countDown();
        }
    }

    @Test
    void responseFiltersSeeTheHeadAndMayWaitWithItAndWhatComesEarlyIsKept() {
        CountDownLatch over = new CountDownLatch(1);
        HttpFilter filter = new HttpFilter() {
            @Override
            public FilterDecision onResponseHead(Exchange exchange) {
                ResponseHead head = exchange.response();
                if (head != null) {
                    head.headers().set(HeaderName.of("x-seen"), String.valueOf(head.status()));
                }
                return new FilterDecision.Wait(exchange.suspend(GatewayUnderTest.millis(50), FilterDecision.CONTINUE));
            }

            @Override
            public FilterDecision onResponseBody(Exchange exchange, Body body) {
                throw new IllegalStateException("bytes of a tunnel are no body");
            }
        };
        try (TestUpstream upstream = TestUpstream.start(call -> call.write(SWITCHING + "early").await(over));
                GatewayUnderTest gateway = to(upstream).filters(TestFilter.of(filter)).start();
                TestClient client = gateway.connect()) {
            ReceivedResponse response = client.request("GET", "/", "connection: upgrade", "upgrade: chat");
            assertThat(response.status()).isEqualTo(101);
            assertThat(response.headers().first("x-seen")).isEqualTo("101");
            assertThat(client.readBytes(5)).isEqualTo("early");
            gateway.awaitMetric(TUNNELS, 1);
            over.countDown();
        }
    }

    @Test
    void aResponseFilterMayRefuseTheSwitch() {
        CountDownLatch over = new CountDownLatch(1);
        HttpFilter filter = new HttpFilter() {
            @Override
            public FilterDecision onResponseHead(Exchange exchange) {
                return new FilterDecision.Reply(LocalReply.text(403, "no", "denied"));
            }
        };
        try (TestUpstream upstream = TestUpstream.start(call -> call.write(SWITCHING).awaitClosedByPeer());
                GatewayUnderTest gateway = to(upstream).filters(TestFilter.of(filter)).start();
                TestClient client = gateway.connect()) {
            assertThat(client.request("GET", "/", "connection: upgrade", "upgrade: chat").status()).isEqualTo(403);
            upstream.awaitClosed();
            gateway.awaitMetric(TUNNELS, 0);
            over.countDown();
        }
    }
}
