package io.jigress.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import io.jigress.testkit.ReceivedResponse;
import io.jigress.testkit.Reply;
import io.jigress.testkit.ServerCall;
import io.jigress.testkit.TestClient;
import io.jigress.testkit.TestUpstream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@ExtendWith(NoLeaks.class)
class UpstreamFailureTest {

    @Test
    void aRefusedConnectionIs502() throws IOException {
        InetSocketAddress nobody;
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            nobody = (InetSocketAddress) socket.getLocalSocketAddress();
        }
        try (GatewayUnderTest gateway = GatewayUnderTest.to(nobody).accessLog().start(); TestClient client = gateway.connect()) {
            ReceivedResponse response = client.request("GET", "/");
            assertThat(response.status()).isEqualTo(502);
            assertThat(response.text()).startsWith("502 Bad Gateway\nrequest id: ");
            client.assertOpen();
            assertThat(gateway.closeAndReadLog()).singleElement().asString().contains("\"flag\":\"UF\"",
                    "\"origin\":\"upstream\"");
        }
    }

    @Test
    void noEndpointsIs503() {
        try (GatewayUnderTest gateway = GatewayUnderTest.setup().cluster("up").route(GatewayUnderTest.forward("all", "/", "up"))
                .accessLog().start();
                TestClient client = gateway.connect()) {
            assertThat(client.request("GET", "/").status()).isEqualTo(503);
            client.assertOpen();
            assertThat(gateway.closeAndReadLog()).singleElement().asString().contains("\"flag\":\"UH\"");
        }
    }

    @Test
    void noRouteIs404() {
        try (TestUpstream upstream = TestUpstream.named("a");
                GatewayUnderTest gateway = GatewayUnderTest.setup().cluster("up", upstream.address())
                        .route(GatewayUnderTest.forward("a", "/a", "up"))
                        .accessLog().start();
                TestClient client = gateway.connect()) {
            assertThat(client.request("GET", "/b").status()).isEqualTo(404);
            assertThat(client.request("GET", "/a").status()).isEqualTo(200);
            assertThat(gateway.closeAndReadLog().getFirst()).contains("\"flag\":\"NR\"", "\"origin\":\"gateway\"");
        }
    }

    @Test
    void anUpstreamThatClosesBeforeItAnswersIs502() {
        brokenBeforeTheHead(ServerCall::close);
    }

    @Test
    void anUpstreamThatResetsBeforeItAnswersIs502() {
        brokenBeforeTheHead(ServerCall::reset);
    }

    @Test
    void anUpstreamThatClosesWithinItsHeadIs502() {
        brokenBeforeTheHead(call -> call.write("HTTP/1.1 200 OK\r\nX-A: ").close());
    }

    private interface Breaking {
        void breakOff(ServerCall call) throws IOException;
    }

    private static void brokenBeforeTheHead(Breaking how) {
        try (TestUpstream upstream = TestUpstream.start(call -> {
            call.request();
            how.breakOff(call);
        }); GatewayUnderTest gateway = GatewayUnderTest.to(upstream).accessLog().start(); TestClient client = gateway.connect()) {
            assertThat(client.request("GET", "/").status()).isEqualTo(502);
            upstream.handler(call -> {
                call.request();
                call.write(Reply.ok("again"));
            });
            assertThat(client.request("GET", "/").text()).isEqualTo("again");
            assertThat(upstream.requests()).as("a new connection that breaks is no stale one: no replay").hasSize(2);
            assertThat(gateway.closeAndReadLog().getFirst()).contains("\"flag\":\"UC\"", "\"origin\":\"upstream\"");
        }
    }

    @Test
    void aBodyOfDeclaredLengthThatBreaksOffClosesTheClientsConnection() {
        brokenWithinTheBody(Reply.head(200, "content-length: 10") + "\r\nabc", "abc");
    }

    @Test
    void aChunkedBodyThatBreaksOffNeverGetsItsLastChunk() {
        brokenWithinTheBody(Reply.head(200, "transfer-encoding: chunked") + "\r\n3\r\nabc\r\n", "3\r\nabc\r\n");
    }

    private static void brokenWithinTheBody(String sent, String received) {
        CountDownLatch seen = new CountDownLatch(1);
        try (TestUpstream upstream = TestUpstream.start(call -> call.write(sent).await(seen).close());
                GatewayUnderTest gateway = GatewayUnderTest.to(upstream).accessLog().start();
                TestClient client = gateway.connect()) {
            client.send(TestClient.head("GET", "/") + "\r\n");
            assertThat(client.readHead().status()).isEqualTo(200);
            assertThat(client.readBytes(received.length())).isEqualTo(received);
            seen.countDown();
            assertThat(client.readUntilClose()).isEmpty();
            assertThat(gateway.closeAndReadLog()).singleElement().asString().contains("\"status\":200", "\"flag\":\"UC\"");
        }
    }

    @Test
    void aStaleConnectionIsReplacedForAGet() {
        AtomicInteger served = new AtomicInteger();
        try (TestUpstream upstream = closingTheSecondTime(served);
                GatewayUnderTest gateway = GatewayUnderTest.proxying(upstream);
                TestClient client = gateway.connect()) {
            assertThat(client.request("GET", "/1").status()).isEqualTo(200);
            assertThat(client.request("GET", "/2").status()).isEqualTo(200);
            assertThat(upstream.connectionsOpened()).isEqualTo(2);
            assertThat(served).hasValue(2);
        }
    }

    @Test
    void aStaleConnectionIsNotReplacedForAPostWithABody() {
        AtomicInteger served = new AtomicInteger();
        try (TestUpstream upstream = closingTheSecondTime(served);
                GatewayUnderTest gateway = GatewayUnderTest.proxying(upstream);
                TestClient client = gateway.connect()) {
            assertThat(client.request("GET", "/1").status()).isEqualTo(200);
            assertThat(client.request("POST", "/2", "abc".getBytes(StandardCharsets.US_ASCII)).status()).isEqualTo(502);
            assertThat(served).hasValue(1);
        }
    }

    /// Reads the second request on its first connection and closes that connection, like a server whose idle timeout has just ended.
    private static TestUpstream closingTheSecondTime(AtomicInteger served) {
        AtomicInteger onFirst = new AtomicInteger();
        return TestUpstream.start(call -> {
            if (call.connection() == 1 && onFirst.incrementAndGet() == 2) {
                call.close();
            } else {
                call.request();
                served.incrementAndGet();
                call.write(Reply.ok("ok"));
            }
        });
    }

    @Test
    void aClientThatGoesAwayCancelsTheUpstreamsRequest() {
        CountDownLatch cancelled = new CountDownLatch(1);
        try (TestUpstream upstream = TestUpstream.start(call -> {
            call.request();
            call.write(Reply.head(200, "content-length: 100") + "\r\nabc");
            call.awaitClosedByPeer();
            cancelled.countDown();
        }); GatewayUnderTest gateway = GatewayUnderTest.to(upstream).accessLog().start()) {
            try (TestClient client = gateway.connect()) {
                client.send(TestClient.head("GET", "/") + "\r\n");
                client.readHead();
                client.reset();
            }
            upstream.awaitClosed();
            assertThat(upstream.requests()).hasSize(1);
            List<String> log = gateway.closeAndReadLog();
            assertThat(log).singleElement().asString().contains("\"flag\":\"DC\"", "\"origin\":\"client\"");
        }
    }

    @Test
    void aClientThatGoesAwayBeforeTheAnswerCancelsToo() {
        try (TestUpstream upstream = TestUpstream.start(call -> {
            call.request();
            call.awaitClosedByPeer();
        }); GatewayUnderTest gateway = GatewayUnderTest.to(upstream).accessLog().start()) {
            try (TestClient client = gateway.connect()) {
                client.send(TestClient.head("GET", "/") + "\r\n");
                upstream.awaitRequests(1);
                client.reset();
            }
            upstream.awaitClosed();
            assertThat(gateway.closeAndReadLog()).singleElement().asString().contains("\"status\":499", "\"flag\":\"DC\"");
        }
    }

    /// An upstream that refuses an upload early and closes resets the connection, since it has not read the whole body. Its response is
    /// delivered, in whatever order the reset and the gateway's own writes occur.
    @ParameterizedTest
    @ValueSource(strings = {"epoll", "io_uring", "nio"})
    void anAnswerThatArrivedBeforeAResetIsDelivered(String transport) {
        byte[] body = new byte[4_000_000];
        try (TestUpstream upstream = TestUpstream.start(call -> {
            call.readRaw(65_536);
            call.write(Reply.head(413, "content-length: 9", "connection: close") + "\r\ntoo large").close();
        }); GatewayUnderTest gateway = GatewayUnderTest.to(upstream).on(transport, 1).start()) {
            for (int i = 0; i < 60; i++) {
                try (TestClient client = gateway.connect()) {
                    client.send(TestClient.head("POST", "/", "content-length: " + body.length) + "\r\n");
                    Thread writer = Thread.ofVirtual().start(() -> {
                        try {
                            client.send(body);
                        } catch (UncheckedIOException _) {
                            // The gateway reads no more of the body after the answer.
                        }
                    });
                    ReceivedResponse response = client.readResponse();
                    assertThat(response.status()).as("request %d", i).isEqualTo(413);
                    assertThat(response.text()).isEqualTo("too large");
                    client.reset();
                    join(writer);
                }
            }
        }
    }

    /// A body that is delimited by the end of its connection is incomplete if that end is a reset.
    @ParameterizedTest
    @ValueSource(strings = {"epoll", "io_uring", "nio"})
    void aResetIsNoProperEndOfABody(String transport) {
        byte[] body = new byte[4_000_000];
        try (TestUpstream upstream = TestUpstream.start(call -> {
            call.readRaw(65_536);
            call.write("HTTP/1.1 200 OK\r\n\r\npart").reset();
        }); GatewayUnderTest gateway = GatewayUnderTest.to(upstream).on(transport, 1).start()) {
            for (int i = 0; i < 20; i++) {
                try (TestClient client = gateway.connect()) {
                    client.send(TestClient.head("POST", "/", "content-length: " + body.length) + "\r\n");
                    Thread writer = Thread.ofVirtual().start(() -> {
                        try {
                            client.send(body);
                        } catch (UncheckedIOException _) {
                            // The gateway reads no more of the body after the answer.
                        }
                    });
                    assertThat(client.readUntilClose()).as("request %d", i).doesNotEndWith("0\r\n\r\n");
                    client.reset();
                    join(writer);
                }
            }
        }
    }

    private static void join(Thread thread) {
        try {
            thread.join();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }
}
