package io.jigress.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import io.jigress.api.Exchange;
import io.jigress.api.FilterDecision;
import io.jigress.api.HttpFilter;
import io.jigress.testkit.Reply;
import io.jigress.testkit.TestClient;
import io.jigress.testkit.TestUpstream;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/// A client that ends its sending direction (FIN) after its request: either it waits for the response, or it has left.
@EachTransport
@ExtendWith(NoLeaks.class)
class HalfCloseTest {
    private static final int MANY = 4_000_000;

    private final String transport;

    HalfCloseTest(String transport) {
        this.transport = transport;
    }

    private GatewayUnderTest.Setup to(TestUpstream upstream) {
        return GatewayUnderTest.to(upstream).on(transport, 1).accessLog();
    }

    @Test
    void getsItsResponse() {
        CountDownLatch ended = new CountDownLatch(1);
        try (TestUpstream upstream = TestUpstream.start(call -> {
            call.request();
            call.await(ended).write(Reply.ok("answer"));
        }); GatewayUnderTest gateway = to(upstream).start(); TestClient client = gateway.connect()) {
            client.send(TestClient.head("GET", "/") + "\r\n").shutdownOutput();
            upstream.awaitRequests(1);
            ended.countDown();
            assertThat(client.readResponse().text()).isEqualTo("answer");
            client.assertClosed();
            assertThat(gateway.closeAndReadLog()).singleElement().asString().contains("\"status\":200").doesNotContain("flag");
        }
    }

    @Test
    void getsAResponseThatFillsTheBuffersBetween() {
        String large = "x".repeat(MANY);
        try (TestUpstream upstream = TestUpstream.answering(Reply.ok(large));
                GatewayUnderTest gateway = to(upstream).start();
                TestClient client = gateway.connect()) {
            client.send(TestClient.head("POST", "/", "content-length: 3") + "\r\nabc").shutdownOutput();
            upstream.awaitRequests(1);
            assertThat(client.readResponse().body().length).isEqualTo(MANY);
            client.assertClosed();
        }
    }

    /// The response is complete, and waits for a client that reads late.
    @Test
    void getsTheRestOfAResponseThatIsComplete() {
        String large = "x".repeat(200_000);
        try (TestUpstream upstream = TestUpstream.answering(Reply.ok(large));
                GatewayUnderTest gateway = to(upstream).start();
                TestClient client = gateway.connect()) {
            for (int i = 0; i < 30; i++) {
                client.send(TestClient.head("GET", "/") + "\r\n");
            }
            client.shutdownOutput();
            for (int i = 0; i < 30; i++) {
                assertThat(client.readResponse().body().length).isEqualTo(large.length());
            }
            client.assertClosed();
        }
    }

    @Test
    void getsTheRestOfAResponseWhoseHeadHasGone() {
        CountDownLatch ended = new CountDownLatch(1);
        try (TestUpstream upstream = TestUpstream.start(call -> {
            call.request();
            call.write(Reply.head(200, "content-length: " + (MANY + 3)) + "\r\nabc");
            call.await(ended).write("x".repeat(MANY));
        }); GatewayUnderTest gateway = to(upstream).start(); TestClient client = gateway.connect()) {
            client.send(TestClient.head("GET", "/") + "\r\n");
            client.readHead();
            client.shutdownOutput();
            ended.countDown();
            assertThat(client.readUntilClose().length()).isEqualTo(MANY + 3);
        }
    }

    @Test
    void isGivenUpWhenTheResponsePausesAfterItsHead() {
        try (TestUpstream upstream = TestUpstream.start(call -> {
            call.request();
            call.write(Reply.head(200, "content-length: 100") + "\r\nabc");
            call.awaitClosedByPeer();
        }); GatewayUnderTest gateway = to(upstream).start(); TestClient client = gateway.connect()) {
            client.send(TestClient.head("GET", "/") + "\r\n");
            client.readHead();
            client.shutdownOutput();
            upstream.awaitClosed();
            assertThat(client.readUntilClose()).isEqualTo("abc");
            assertThat(gateway.closeAndReadLog()).singleElement().asString().contains("\"flag\":\"DC\"", "client_closed");
        }
    }

    @Test
    void isGivenUpWhenTheResponseIsAnEventStream() {
        CountDownLatch ended = new CountDownLatch(1);
        try (TestUpstream upstream = TestUpstream.start(call -> {
            call.request();
            call.await(ended).write(Reply.head(200, "content-type: text/event-stream", "transfer-encoding: chunked") + "\r\n");
            call.awaitClosedByPeer();
        }); GatewayUnderTest gateway = to(upstream).start(); TestClient client = gateway.connect()) {
            client.send(TestClient.head("GET", "/") + "\r\n").shutdownOutput();
            upstream.awaitRequests(1);
            ended.countDown();
            upstream.awaitClosed();
            // The head may have been sent before the FIN was seen.
            client.readUntilClose();
            assertThat(gateway.closeAndReadLog()).singleElement().asString().contains("\"flag\":\"DC\"");
        }
    }

    @Test
    void isGivenUpWhileAFilterWaits() {
        CountDownLatch waits = new CountDownLatch(1);
        HttpFilter waiting = new HttpFilter() {
            @Override
            public FilterDecision onRequestHead(Exchange exchange) {
                FilterDecision wait = new FilterDecision.Wait(exchange.suspend(Duration.ofMinutes(1), FilterDecision.CONTINUE));
                waits.countDown();
                return wait;
            }
        };
        try (TestUpstream upstream = TestUpstream.named("a");
                GatewayUnderTest gateway = to(upstream).filters(TestFilter.of(waiting)).start();
                TestClient client = gateway.connect()) {
            client.send(TestClient.head("GET", "/") + "\r\n").shutdownOutput();
            client.assertClosed();
            assertThat(waits.getCount()).isZero();
            assertThat(gateway.closeAndReadLog()).singleElement().asString().contains("\"status\":499", "\"flag\":\"DC\"");
        }
    }

    @Test
    void isGivenUpWhereTheSettingSaysSo() {
        try (TestUpstream upstream = TestUpstream.start(call -> {
            call.request();
            call.awaitClosedByPeer();
        }); GatewayUnderTest gateway = to(upstream).cancelOnHalfClose().start(); TestClient client = gateway.connect()) {
            client.send(TestClient.head("GET", "/") + "\r\n");
            upstream.awaitRequests(1);
            client.shutdownOutput();
            upstream.awaitClosed();
            client.assertClosed();
            assertThat(gateway.closeAndReadLog()).singleElement().asString().contains("\"status\":499", "\"flag\":\"DC\"");
        }
    }

    @Test
    void isGivenUpWithinItsRequest() {
        try (TestUpstream upstream = TestUpstream.start(call -> call.awaitClosedByPeer());
                GatewayUnderTest gateway = to(upstream).start();
                TestClient client = gateway.connect()) {
            client.send(TestClient.head("POST", "/", "content-length: 10") + "\r\nabc");
            upstream.awaitHeads(1);
            client.shutdownOutput();
            upstream.awaitClosed();
            client.assertClosed();
            assertThat(gateway.closeAndReadLog()).singleElement().asString().contains("\"flag\":\"DC\"");
        }
    }
}
