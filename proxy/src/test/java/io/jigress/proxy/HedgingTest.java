package io.jigress.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import io.jigress.api.Json;
import io.jigress.config.RetryPolicy;
import io.jigress.config.RouteOptions;
import io.jigress.message.MessageProtocol;
import io.jigress.message.MessageServer;
import io.jigress.testkit.Reply;
import io.jigress.testkit.TestClient;
import io.jigress.testkit.TestUpstream;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/// A request without a response is sent to another endpoint too; the first response wins, and the other attempt is cancelled.
@ExtendWith(NoLeaks.class)
@Timeout(60)
class HedgingTest {
    private static final int ROUNDS = 8;
    private static final RetryPolicy HEDGED = policy(Set.of(), Duration.ofMillis(20));

    private static RetryPolicy policy(Set<Integer> statuses, Duration delay) {
        return new RetryPolicy(1, RetryPolicy.DEFAULT.conditions(), statuses, Duration.ZERO, delay, 100);
    }

    private static GatewayUnderTest.Setup setup(RetryPolicy policy, InetSocketAddress... endpoints) {
        return GatewayUnderTest.setup().cluster("up", endpoints)
                .options(new RouteOptions(null, null, null, null, true, policy))
                .route(GatewayUnderTest.forward("all", "/", "up"));
    }

    private static TestUpstream silent() {
        return TestUpstream.start(call -> {
            call.request();
            call.awaitClosedByPeer();
        });
    }

    @Test
    void theFirstResponseWinsAndTheOtherAttemptIsCancelled() {
        try (TestUpstream silent = silent();
                TestUpstream good = TestUpstream.named("good");
                GatewayUnderTest gateway = setup(HEDGED, silent.address(), good.address()).accessLog().start();
                TestClient client = gateway.connect()) {
            for (int i = 0; i < ROUNDS; i++) {
                assertThat(client.request("PUT", "/" + i, "payload".getBytes(StandardCharsets.US_ASCII)).text())
                        .isEqualTo("good");
                assertThat(good.lastRequest().text()).isEqualTo("payload");
            }
            // All attempts that went there first were cancelled.
            silent.awaitClosed();
            assertThat(silent.requests()).isNotEmpty().allMatch(request -> request.text().equals("payload"));
            assertThat(gateway.closeAndReadLog()).hasSize(ROUNDS).anyMatch(line -> line.contains("\"attempts\":2"))
                    .allMatch(line -> line.contains("\"endpoint\":\"127.0.0.1:" + good.port() + "\""));
        }
    }

    @Test
    void theSlowAttemptMayStillWin() {
        AtomicInteger calls = new AtomicInteger();
        Semaphore otherAsked = new Semaphore(0);
        try (TestUpstream slow = TestUpstream.start(call -> {
            call.request();
            calls.incrementAndGet();
            otherAsked.acquire();
            call.write(Reply.ok("slow"));
        });
                TestUpstream silent = TestUpstream.start(call -> {
                    call.request();
                    otherAsked.release();
                    call.awaitClosedByPeer();
                });
                GatewayUnderTest gateway = setup(HEDGED, slow.address(), silent.address()).accessLog().start();
                TestClient client = gateway.connect()) {
            for (int i = 0; i < 2; i++) {
                assertThat(client.request("GET", "/").text()).isEqualTo("slow");
            }
            silent.awaitClosed();
            assertThat(calls).hasValue(2);
            assertThat(gateway.closeAndReadLog()).allMatch(line -> line.contains("127.0.0.1:" + slow.port()));
        }
    }

    @Test
    void anAttemptThatFailsOrIsRefusedLeavesItToTheOther() {
        // The other endpoint fails, or answers 503, once the slow one has the request; the slow one answers after that.
        Semaphore slowAsked = new Semaphore(0);
        Semaphore otherEnded = new Semaphore(0);
        try (TestUpstream bad = TestUpstream.start(call -> {
            call.request();
            slowAsked.acquire();
            call.reset();
            otherEnded.release();
        });
                TestUpstream slow = TestUpstream.start(call -> {
                    call.request();
                    slowAsked.release();
                    otherEnded.acquire();
                    call.write(Reply.ok("slow"));
                });
                GatewayUnderTest gateway = setup(HEDGED, bad.address(), slow.address()).accessLog().start();
                TestClient client = gateway.connect()) {
            for (int i = 0; i < 4; i++) {
                assertThat(client.request("GET", "/").text()).isEqualTo("slow");
            }
            assertThat(bad.requests()).hasSize(4);
            assertThat(gateway.closeAndReadLog()).hasSize(4).allMatch(line -> line.contains("127.0.0.1:" + slow.port()));
        }
        try (TestUpstream busy = TestUpstream.start(call -> {
            call.request();
            slowAsked.acquire();
            call.write(Reply.of(503, "busy"));
            otherEnded.release();
        });
                TestUpstream slow = TestUpstream.start(call -> {
                    call.request();
                    slowAsked.release();
                    otherEnded.acquire();
                    call.write(Reply.ok("slow"));
                });
                GatewayUnderTest gateway = setup(policy(Set.of(503), Duration.ofMillis(20)), busy.address(), slow.address())
                        .start();
                TestClient client = gateway.connect()) {
            for (int i = 0; i < 4; i++) {
                assertThat(client.request("GET", "/").text()).isEqualTo("slow");
            }
            assertThat(busy.requests()).isNotEmpty();
        }
    }

    @Test
    void whatMayNotBeSentTwiceIsNot() {
        try (TestUpstream one = TestUpstream.start(call -> {
            call.request();
            Thread.sleep(100);
            call.write(Reply.ok("one"));
        });
                TestUpstream two = TestUpstream.start(call -> {
                    call.request();
                    Thread.sleep(100);
                    call.write(Reply.ok("two"));
                });
                GatewayUnderTest gateway = setup(HEDGED, one.address(), two.address()).start();
                TestClient client = gateway.connect()) {
            client.request("POST", "/", new byte[10]);
            client.request("PUT", "/", new byte[100_000]);
            assertThat(one.requests().size() + two.requests().size()).isEqualTo(2);
        }
    }

    @Test
    void aClientThatLeavesEndsBothAttempts() {
        try (TestUpstream one = silent();
                TestUpstream two = silent();
                GatewayUnderTest gateway = setup(HEDGED, one.address(), two.address()).start()) {
            try (TestClient client = gateway.connect()) {
                client.send(TestClient.head("GET", "/") + "\r\n");
                one.awaitRequests(1);
                two.awaitRequests(1);
                client.reset();
            }
            one.awaitClosed();
            two.awaitClosed();
        }
    }

    /// The same over a protocol other than HTTP, where calls share connections.
    @Test
    void attemptsOfAnotherProtocolRaceToo() {
        try (MessageServer one = MessageServer.holding();
                MessageServer two = MessageServer.holding();
                GatewayUnderTest gateway = GatewayUnderTest.setup().protocol(MessageProtocol.DEFAULT)
                        .cluster("up", "message", Json.Obj.EMPTY, one.address(), two.address())
                        .options(new RouteOptions(null, null, null, null, true, HEDGED))
                        .route(GatewayUnderTest.forward("all", "/", "up")).start();
                TestClient client = gateway.connect()) {
            for (int i = 0; i < 4; i++) {
                client.send(TestClient.head("GET", "/" + i) + "\r\n");
                MessageServer.Request first = one.take();
                MessageServer.Request second = two.take();
                assertThat(first.line()).isEqualTo(second.line());
                boolean firstWins = i % 2 == 0;
                (firstWins ? first : second).answer("winner " + i);
                assertThat(client.readResponse().text()).isEqualTo("winner " + i);
                (firstWins ? second : first).answer("nobody wants this");
            }
            assertThat(one.connectionsOpened()).isOne();
            assertThat(two.connectionsOpened()).isOne();
        }
    }
}
