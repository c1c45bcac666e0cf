package io.jigress.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import io.jigress.config.RetryPolicy;
import io.jigress.config.RetryPolicy.Condition;
import io.jigress.config.RouteOptions;
import io.jigress.testkit.ReceivedResponse;
import io.jigress.testkit.Reply;
import io.jigress.testkit.ServerCall;
import io.jigress.testkit.TestClient;
import io.jigress.testkit.TestUpstream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// A request whose attempt failed is sent to another endpoint, if its method and the route's policy allow that.
@ExtendWith(NoLeaks.class)
@Timeout(60)
class RetryTest {
    private static final int ROUNDS = 12;

    @ParameterizedTest(name = "{0}")
    @ValueSource(strings = {"GET", "POST", "PATCH"})
    void aRefusedConnectionIsTriedElsewhereWhateverTheMethodIs(String method) throws IOException {
        byte[] body = method.equals("GET") ? new byte[0] : "payload".getBytes(StandardCharsets.US_ASCII);
        try (TestUpstream good = TestUpstream.named("good");
                GatewayUnderTest gateway = setup(RetryPolicy.DEFAULT, nobody(), good.address()).start();
                TestClient client = gateway.connect()) {
            for (int i = 0; i < ROUNDS; i++) {
                assertThat(client.request(method, "/" + i, body).status()).isEqualTo(200);
                assertThat(good.lastRequest().text()).isEqualTo(new String(body, StandardCharsets.US_ASCII));
            }
        }
    }

    @ParameterizedTest(name = "{0}")
    @ValueSource(strings = {"GET", "HEAD", "OPTIONS", "PUT", "DELETE"})
    void aConnectionThatEndsWithoutAnAnswerIsTriedElsewhereWhereTheMethodIsIdempotent(String method) {
        try (TestUpstream bad = TestUpstream.start(RetryTest::readAndReset);
                TestUpstream good = TestUpstream.named("good");
                GatewayUnderTest gateway = setup(RetryPolicy.DEFAULT, bad.address(), good.address()).accessLog().start();
                TestClient client = gateway.connect()) {
            byte[] body = method.equals("PUT") ? new byte[10_000] : new byte[0];
            for (int i = 0; i < ROUNDS; i++) {
                assertThat(client.request(method, "/" + i, body).status()).isEqualTo(200);
                assertThat(good.lastRequest().text()).hasSize(body.length);
            }
            assertThat(bad.requests()).isNotEmpty();
            assertThat(gateway.closeAndReadLog()).anyMatch(line -> line.contains("\"attempts\":2"))
                    .allMatch(line -> line.contains("\"status\":200"));
        }
    }

    @Test
    void aPostOfWhichBytesWereSentIsNotSentTwice() {
        try (TestUpstream bad = TestUpstream.start(RetryTest::readAndReset);
                TestUpstream good = TestUpstream.named("good");
                GatewayUnderTest gateway = setup(RetryPolicy.DEFAULT, bad.address(), good.address()).start();
                TestClient client = gateway.connect()) {
            List<Integer> statuses = new ArrayList<>();
            for (int i = 0; i < ROUNDS; i++) {
                statuses.add(client.request("POST", "/", new byte[10]).status());
            }
            assertThat(statuses).contains(502).contains(200).containsOnly(200, 502);
            assertThat(bad.requests().size() + good.requests().size()).isEqualTo(ROUNDS);
        }
    }

    @Test
    void aBodyThatIsLongerThanTheBufferIsSentOnce() {
        try (TestUpstream bad = TestUpstream.start(RetryTest::readAndReset);
                TestUpstream good = TestUpstream.named("good");
                GatewayUnderTest gateway = setup(RetryPolicy.DEFAULT, bad.address(), good.address()).start();
                TestClient client = gateway.connect()) {
            List<Integer> statuses = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                statuses.add(client.request("PUT", "/", new byte[100_000]).status());
            }
            assertThat(statuses).contains(502).contains(200).containsOnly(200, 502);
        }
    }

    @Test
    void anEndpointWithoutAHeadInTimeIsLeftForAnother() {
        RouteOptions options = new RouteOptions(null, Duration.ofMillis(200), null, null, true);
        try (TestUpstream silent = TestUpstream.start(call -> {
            call.request();
            call.awaitClosedByPeer();
        });
                TestUpstream good = TestUpstream.named("good");
                GatewayUnderTest gateway = setup(options, silent.address(), good.address()).start();
                TestClient client = gateway.connect()) {
            for (int i = 0; i < 4; i++) {
                assertThat(client.request("GET", "/").status()).isEqualTo(200);
            }
            assertThat(silent.requests()).isNotEmpty();
        }
    }

    @Test
    void statusesOfThePolicyAreTriedElsewhereAndTheLastAnswerIsPassedOn() {
        RetryPolicy policy = new RetryPolicy(1, Set.of(), Set.of(503), Duration.ZERO, Duration.ZERO, 100);
        AtomicInteger refused = new AtomicInteger();
        try (TestUpstream bad = TestUpstream.start(call -> {
            call.request();
            refused.incrementAndGet();
            call.write(Reply.head(503, "content-length: 4") + "\r\nbusy");
        });
                TestUpstream good = TestUpstream.named("good");
                GatewayUnderTest gateway = setup(policy, bad.address(), good.address()).start();
                TestClient client = gateway.connect()) {
            for (int i = 0; i < ROUNDS; i++) {
                assertThat(client.request("GET", "/").status()).isEqualTo(200);
            }
            assertThat(refused).hasPositiveValue();
            assertThat(client.request("POST", "/", new byte[1]).status()).isIn(200, 503);
        }
        try (TestUpstream one = TestUpstream.answering(Reply.head(503, "content-length: 3") + "\r\none");
                TestUpstream two = TestUpstream.answering(Reply.head(503, "content-length: 3") + "\r\ntwo");
                GatewayUnderTest gateway = setup(policy, one.address(), two.address()).start();
                TestClient client = gateway.connect()) {
            ReceivedResponse response = client.request("GET", "/");
            assertThat(response.status()).isEqualTo(503);
            assertThat(response.text()).isIn("one", "two");
            assertThat(one.awaitRequests(1)).hasSize(1);
            assertThat(two.awaitRequests(1)).hasSize(1);
        }
    }

    @Test
    void nothingIsTriedAgainWhereThePolicySaysSo() throws IOException {
        RetryPolicy onlyResets = new RetryPolicy(2, Set.of(Condition.RESET), Set.of(), Duration.ZERO, Duration.ZERO, 20);
        for (RetryPolicy policy : List.of(RetryPolicy.NEVER, onlyResets)) {
            try (TestUpstream good = TestUpstream.named("good");
                    GatewayUnderTest gateway = setup(policy, nobody(), good.address()).start();
                    TestClient client = gateway.connect()) {
                List<Integer> statuses = new ArrayList<>();
                for (int i = 0; i < 2; i++) {
                    statuses.add(client.request("GET", "/").status());
                }
                assertThat(statuses).contains(502);
            }
        }
    }

    @Test
    void theOnlyEndpointIsTriedAgainAfterAPauseOnly() {
        AtomicInteger calls = new AtomicInteger();
        RetryPolicy pausing = new RetryPolicy(2, Set.of(Condition.RESET), Set.of(), Duration.ofMillis(20), Duration.ZERO, 20);
        try (TestUpstream upstream = TestUpstream.start(call -> {
            call.request();
            if (calls.incrementAndGet() <= 2) {
                call.reset();
            } else {
                call.write(Reply.ok("third"));
            }
        });
                GatewayUnderTest gateway = setup(pausing, upstream.address()).start();
                TestClient client = gateway.connect()) {
            long began = System.nanoTime();
            assertThat(client.request("PUT", "/", "abc".getBytes(StandardCharsets.US_ASCII)).text()).isEqualTo("third");
            assertThat(System.nanoTime() - began).as("20 ms, then 40 ms").isGreaterThan(60_000_000);
            assertThat(upstream.requests()).hasSize(3).allMatch(request -> request.text().equals("abc"));
        }
    }

    @Test
    void aClientThatLeavesDuringThePauseEndsTheRequest() {
        RetryPolicy pausing = new RetryPolicy(2, Set.of(Condition.RESET), Set.of(), Duration.ofMillis(300), Duration.ZERO, 20);
        try (TestUpstream upstream = TestUpstream.start(RetryTest::readAndReset);
                GatewayUnderTest gateway = setup(pausing, upstream.address()).accessLog().start()) {
            try (TestClient client = gateway.connect()) {
                client.send(TestClient.head("GET", "/") + "\r\n");
                upstream.awaitRequests(1);
                client.reset();
            }
            assertThat(gateway.closeAndReadLog()).singleElement().asString().contains("\"status\":499");
            assertThat(upstream.requests()).hasSize(1);
        }
    }

    private static void readAndReset(ServerCall call) throws IOException {
        call.request();
        call.reset();
    }

    private static InetSocketAddress nobody() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return (InetSocketAddress) socket.getLocalSocketAddress();
        }
    }

    private static GatewayUnderTest.Setup setup(RetryPolicy policy, InetSocketAddress... endpoints) {
        return setup(new RouteOptions(null, null, null, null, true, policy), endpoints);
    }

    private static GatewayUnderTest.Setup setup(RouteOptions options, InetSocketAddress... endpoints) {
        return GatewayUnderTest.setup().cluster("up", endpoints).options(options)
                .route(GatewayUnderTest.forward("all", "/", "up"));
    }
}
