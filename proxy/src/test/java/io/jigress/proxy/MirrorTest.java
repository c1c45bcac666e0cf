package io.jigress.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import io.jigress.api.Json;
import io.jigress.message.MessageProtocol;
import io.jigress.message.MessageServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import io.jigress.config.RouteAction.Forward;
import io.jigress.config.RouteAction.Mirror;
import io.jigress.config.RouteAction.Rewrite;
import io.jigress.config.RouteAction.WeightedCluster;
import io.jigress.testkit.ReceivedRequest;
import io.jigress.testkit.Reply;
import io.jigress.testkit.TestClient;
import io.jigress.testkit.TestUpstream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/// Mirrored requests: complete, their responses discarded, and without effect on the original request.
@ExtendWith(NoLeaks.class)
@Timeout(60)
class MirrorTest {
    private static final String DROPPED = "jigress_mirrors_dropped_total";

    private static GatewayUnderTest.Setup mirroring(TestUpstream upstream, Mirror... mirrors) {
        return GatewayUnderTest.setup().cluster("up", upstream.address()).route(GatewayUnderTest.route("all", "/",
                new Forward(List.of(new WeightedCluster("up", 1, List.of())), new Rewrite("inside.example", null),
                        List.of(mirrors))));
    }

    @Test
    void eachMirrorGetsTheWholeRequestAsItGoesUpstream() {
        try (TestUpstream upstream = TestUpstream.named("a");
                TestUpstream one = TestUpstream.answering(Reply.of(500, "no"));
                TestUpstream two = TestUpstream.named("c");
                GatewayUnderTest gateway = mirroring(upstream, new Mirror("one", 1, 1), new Mirror("two", 1, 1))
                        .cluster("one", one.address()).cluster("two", two.address()).start();
                TestClient client = gateway.connect()) {
            for (int i = 1; i <= 3; i++) {
                assertThat(client.request("POST", "/in?x=1", "hello".getBytes(StandardCharsets.US_ASCII), "x-id: 7").text())
                        .isEqualTo("a");
                for (TestUpstream mirror : List.of(one, two)) {
                    ReceivedRequest copy = mirror.awaitRequests(i).getLast();
                    assertThat(copy.method()).isEqualTo("POST");
                    assertThat(copy.target()).isEqualTo("/in?x=1");
                    assertThat(copy.text()).isEqualTo("hello");
                    assertThat(copy.headers().all("host")).containsExactly("inside.example");
                    assertThat(copy.headers().all("content-length")).containsExactly("5");
                    assertThat(copy.headers().first("x-id")).isEqualTo("7");
                    assertThat(copy.headers().first("x-request-id"))
                            .isEqualTo(upstream.lastRequest().headers().first("x-request-id"));
                }
            }
            client.send(TestClient.head("POST", "/", "transfer-encoding: chunked", "te: trailers") + "\r\n" + Reply.chunk("hel")
                    + Reply.chunk("lo") + "0\r\nx-sum: 5\r\n\r\n");
            assertThat(client.readResponse().text()).isEqualTo("a");
            ReceivedRequest copy = one.awaitRequests(4).getLast();
            assertThat(copy.text()).isEqualTo("hello");
            assertThat(copy.trailers().first("x-sum")).isEqualTo("5");
            client.assertOpen();
        }
    }

    @Test
    void aMirrorThatNeverReadsOrAnswersIsGivenUpAndTheRequestDoesNotNotice() {
        CountDownLatch over = new CountDownLatch(1);
        byte[] body = new byte[32 * 1024 * 1024];
        try (TestUpstream upstream = TestUpstream.named("a");
                TestUpstream mirror = TestUpstream.start(call -> call.await(over));
                GatewayUnderTest gateway = mirroring(upstream, new Mirror("mirror", 1, 1)).cluster("mirror", mirror.address())
                        .start();
                TestClient client = gateway.connect()) {
            assertThat(client.request("POST", "/", body).text()).isEqualTo("a");
            assertThat(upstream.lastRequest().body()).hasSize(body.length);
            gateway.awaitMetric(DROPPED, 1);
            // One whose request is small waits for its response, without delaying anything.
            assertThat(client.request("GET", "/").text()).isEqualTo("a");
            mirror.awaitHeads(2);
            over.countDown();
        }
    }

    /// Over a protocol other than HTTP, to a server that reads nothing at all.
    @Test
    void aMirrorOfAnotherProtocolThatNeverReadsHoldsNothingUp() throws IOException {
        try (TestUpstream upstream = TestUpstream.named("a");
                ServerSocket deaf = new ServerSocket(0, 10, InetAddress.getLoopbackAddress());
                GatewayUnderTest gateway = mirroring(upstream, new Mirror("mirror", 1, 1)).protocol(MessageProtocol.DEFAULT)
                        .cluster("mirror", "message", Json.Obj.EMPTY, (InetSocketAddress) deaf.getLocalSocketAddress()).start();
                TestClient client = gateway.connect()) {
            for (int size : new int[] {100, 300_000, 300_000, 32 << 20, 300_000}) {
                assertThat(client.request("POST", "/", new byte[size]).text()).isEqualTo("a");
                assertThat(upstream.lastRequest().body()).hasSize(size);
            }
            gateway.awaitMetric("jigress_upstream_attempts_total{cluster=\"Backend test/mirror\"}", 5);
            deaf.accept().close();
        }
    }

    @Test
    void aMirrorOfAnotherProtocolGetsTheRequest() {
        try (TestUpstream upstream = TestUpstream.named("a");
                MessageServer mirror = MessageServer.holding();
                GatewayUnderTest gateway = mirroring(upstream, new Mirror("mirror", 1, 1)).protocol(MessageProtocol.DEFAULT)
                        .cluster("mirror", "message", Json.Obj.EMPTY, mirror.address()).start();
                TestClient client = gateway.connect()) {
            assertThat(client.request("POST", "/x", "hello".getBytes(StandardCharsets.US_ASCII)).text()).isEqualTo("a");
            MessageServer.Request copy = mirror.take();
            assertThat(copy.text()).isEqualTo("hello");
            copy.answer("nobody wants this");
            assertThat(client.request("GET", "/").text()).isEqualTo("a");
        }
    }

    @Test
    void aMirrorThatCannotBeReachedCostsNothing() {
        TestUpstream gone = TestUpstream.named("gone");
        gone.close();
        try (TestUpstream upstream = TestUpstream.named("a");
                GatewayUnderTest gateway = mirroring(upstream, new Mirror("gone", 1, 1), new Mirror("unknown", 1, 1))
                        .cluster("gone", gone.address()).start();
                TestClient client = gateway.connect()) {
            for (int i = 0; i < 3; i++) {
                assertThat(client.request("POST", "/", new byte[1000]).text()).isEqualTo("a");
            }
        }
    }

    @Test
    void aShareOfTheRequestsIsCopied() {
        try (TestUpstream upstream = TestUpstream.named("a");
                TestUpstream half = TestUpstream.named("b");
                TestUpstream none = TestUpstream.named("c");
                GatewayUnderTest gateway = mirroring(upstream, new Mirror("half", 50, 100), new Mirror("none", 0, 100))
                        .cluster("half", half.address()).cluster("none", none.address()).start();
                TestClient client = gateway.connect()) {
            for (int i = 0; i < 200; i++) {
                assertThat(client.request("GET", "/").text()).isEqualTo("a");
            }
            half.awaitRequests(60);
            assertThat(half.requests().size()).isBetween(60, 140);
            assertThat(none.requests()).isEmpty();
        }
    }

    @Test
    void aClientThatLeavesWithinItsBodyEndsTheCopyToo() {
        try (TestUpstream upstream = TestUpstream.start(call -> call.awaitClosedByPeer());
                TestUpstream mirror = TestUpstream.start(call -> call.awaitClosedByPeer());
                GatewayUnderTest gateway = mirroring(upstream, new Mirror("mirror", 1, 1)).cluster("mirror", mirror.address())
                        .start()) {
            try (TestClient client = gateway.connect()) {
                client.send(TestClient.head("POST", "/", "content-length: 100") + "\r\nhello");
                mirror.awaitHeads(1);
                client.reset();
            }
            mirror.awaitClosed();
            gateway.awaitMetric(DROPPED, 1);
        }
    }
}
