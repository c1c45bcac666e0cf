package io.jigress.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import io.jigress.api.Json;
import io.jigress.config.Cluster;
import io.jigress.config.ConnectionLimits;
import io.jigress.config.OutlierDetection;
import io.jigress.config.RetryPolicy;
import io.jigress.config.RouteOptions;
import io.jigress.proxy.http2.Http2TestClient;
import io.jigress.proxy.http2.Http2Wire;
import io.jigress.testkit.ReceivedRequest;
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
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Two attempts of one request, whatever the outcome of each: the client gets one response, and all resources are released.
@ExtendWith(NoLeaks.class)
@Timeout(60)
class HedgedAttemptsTest {
    private static final Duration DELAY = Duration.ofMillis(20);
    private static final Duration LONG_AFTER = Duration.ofMillis(150);

    private static RetryPolicy policy(int attempts, int budgetPercent, Duration backoff) {
        return new RetryPolicy(attempts, RetryPolicy.DEFAULT.conditions(), Set.of(503), backoff, DELAY, budgetPercent);
    }

    private static GatewayUnderTest.Setup setup(RetryPolicy policy, InetSocketAddress... endpoints) {
        return setup(null, null, policy).cluster("up", endpoints);
    }

    private static GatewayUnderTest.Setup setup(@Nullable Duration request, @Nullable Duration attempt, RetryPolicy policy) {
        return GatewayUnderTest.setup().options(new RouteOptions(request, attempt, null, null, true, policy))
                .route(GatewayUnderTest.forward("all", "/", "up"));
    }

    private static TestUpstream silent() {
        return TestUpstream.start(HedgedAttemptsTest::hang);
    }

    private static void hang(ServerCall call) throws IOException {
        call.request();
        call.awaitClosedByPeer();
    }

    /// No resources are held for requests that are over.
    private static void assertGivenBack(GatewayUnderTest gateway) {
        GatewayUnderTest.await(() -> gateway.gateway().memory().build().toString().contains("\"retries\":{\"keptBytes\":0}"),
                () -> "no kept bytes: " + gateway.gateway().memory().build());
        gateway.awaitMetric("jigress_pool_pending{loop=\"0\"}", 0);
        assertThat(gateway.gateway().memory().build().toString()).contains("\"waiting\":0");
    }

    // ---- how two attempts end

    @Test
    void whereBothHangTheTimeoutsEndBoth() {
        for (boolean ofAttempt : new boolean[] {true, false}) {
            Duration limit = Duration.ofMillis(200);
            try (TestUpstream one = silent();
                    TestUpstream two = silent();
                    GatewayUnderTest gateway = setup(ofAttempt ? null : limit, ofAttempt ? limit : null,
                            policy(1, 100, Duration.ZERO)).cluster("up", one.address(), two.address()).accessLog().start();
                    TestClient client = gateway.connect()) {
                assertThat(client.request("PUT", "/", "abc".getBytes(StandardCharsets.US_ASCII)).status()).isEqualTo(504);
                one.awaitClosed();
                two.awaitClosed();
                assertThat(one.requests().size() + two.requests().size()).isEqualTo(2);
                assertGivenBack(gateway);
                assertThat(gateway.closeAndReadLog()).singleElement().asString().contains("\"attempts\":2")
                        .contains(ofAttempt ? "attempt_timeout" : "request_timeout");
            }
        }
    }

    @Test
    void whereBothFailTheLastFailureIsAnsweredAndMayBeTriedAgain() {
        for (int attempts = 1; attempts <= 2; attempts++) {
            CountDownLatch both = new CountDownLatch(2);
            AtomicInteger calls = new AtomicInteger();
            int first = attempts;
            try (TestUpstream one = TestUpstream.start(call -> failTwice(call, both, calls));
                    TestUpstream two = TestUpstream.start(call -> failTwice(call, both, calls));
                    GatewayUnderTest gateway = setup(policy(first, 100, Duration.ZERO), one.address(), two.address()).start();
                    TestClient client = gateway.connect()) {
                assertThat(client.request("PUT", "/", "abc".getBytes(StandardCharsets.US_ASCII)).status())
                        .isEqualTo(attempts == 1 ? 502 : 200);
                assertGivenBack(gateway);
            }
        }
    }

    /// The second attempt fails and does not overtake the first: the access log and the metrics are about the first.
    @Test
    void whatIsRecordedIsOfTheAttemptThatIsAnswered() {
        AtomicInteger calls = new AtomicInteger();
        CountDownLatch failed = new CountDownLatch(1);
        try (TestUpstream one = TestUpstream.start(call -> answerFirst(call, "one", calls, failed));
                TestUpstream two = TestUpstream.start(call -> answerFirst(call, "two", calls, failed));
                GatewayUnderTest gateway = setup(policy(1, 100, Duration.ZERO), one.address(), two.address()).accessLog().start();
                TestClient client = gateway.connect()) {
            client.send(TestClient.head("GET", "/") + "\r\n");
            gateway.awaitMetric("jigress_upstream_failures_total{cluster=\"Backend test/up\",kind=\"upstream_reset\"}", 1);
            failed.countDown();
            int port = client.readResponse().text().equals("one") ? one.port() : two.port();
            assertThat(gateway.metric("jigress_upstream_duration_seconds_sum{cluster=\"Backend test/up\"}"))
                    .isGreaterThan(0.02);
            assertThat(gateway.closeAndReadLog()).singleElement().asString().contains("\"attempts\":2")
                    .contains("\"endpoint\":\"127.0.0.1:" + port);
        }
    }

    private static void answerFirst(ServerCall call, String name, AtomicInteger calls, CountDownLatch failed)
            throws IOException {
        call.request();
        if (calls.incrementAndGet() == 2) {
            call.reset();
        } else {
            awaitLatch(failed);
            call.write(Reply.ok(name));
        }
    }

    private static void failTwice(ServerCall call, CountDownLatch both, AtomicInteger calls) throws IOException {
        String text = call.request().text();
        if (calls.incrementAndGet() <= 2) {
            both.countDown();
            awaitLatch(both);
            call.reset();
        } else {
            call.write(Reply.ok(text));
        }
    }

    private static void awaitLatch(CountDownLatch latch) {
        try {
            assertThat(latch.await(10, TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    /// An informational response that was passed on cannot be undone: the final response is that of the same attempt.
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void theFirstInformationalHeadDecides(boolean fails) throws IOException {
        CountDownLatch both = new CountDownLatch(2);
        CountDownLatch told = new CountDownLatch(1);
        AtomicInteger calls = new AtomicInteger();
        try (TestUpstream one = TestUpstream.start(call -> inform(call, both, told, calls, fails));
                TestUpstream two = TestUpstream.start(call -> inform(call, both, told, calls, fails));
                GatewayUnderTest gateway = setup(policy(2, 100, Duration.ZERO), one.address(), two.address()).start();
                TestClient client = gateway.connect()) {
            client.send(TestClient.head("GET", "/") + "\r\n");
            assertThat(client.readInformational().status()).isEqualTo(103);
            told.countDown();
            assertThat(client.readResponse().status()).isEqualTo(fails ? 502 : 200);
            assertThat(one.requests().size() + two.requests().size()).isEqualTo(2);
            assertGivenBack(gateway);
        }
    }

    private static void inform(ServerCall call, CountDownLatch both, CountDownLatch told, AtomicInteger calls, boolean fails)
            throws IOException {
        call.request();
        boolean first = calls.incrementAndGet() == 1;
        both.countDown();
        awaitLatch(both);
        if (!first) {
            call.awaitClosedByPeer();
            return;
        }
        call.write("HTTP/1.1 103 Early Hints\r\n\r\n");
        awaitLatch(told);
        if (fails) {
            call.reset();
        } else {
            call.write(Reply.ok("first"));
        }
    }

    @Test
    void bodiesAndTrailersReachBoth() {
        CountDownLatch both = new CountDownLatch(2);
        try (TestUpstream one = TestUpstream.start(call -> answerBoth(call, both));
                TestUpstream two = TestUpstream.start(call -> answerBoth(call, both));
                GatewayUnderTest gateway = setup(policy(1, 100, Duration.ZERO), one.address(), two.address()).start();
                TestClient client = gateway.connect()) {
            client.send(TestClient.head("PUT", "/", "transfer-encoding: chunked") + "\r\n5\r\nhello\r\n0\r\nx-sum: 42\r\n\r\n");
            assertThat(client.readResponse().text()).isEqualTo("hello");
            for (TestUpstream each : List.of(one, two)) {
                ReceivedRequest seen = each.awaitRequests(1).getFirst();
                assertThat(seen.text()).isEqualTo("hello");
                assertThat(seen.trailers().first("x-sum")).isEqualTo("42");
            }
            assertGivenBack(gateway);
        }
    }

    private static void answerBoth(ServerCall call, CountDownLatch both) throws IOException {
        String text = call.request().text();
        both.countDown();
        awaitLatch(both);
        call.write(Reply.ok(text));
    }

    @Test
    void aTunnelGoesThroughTheAttemptThatSwitches() {
        try (TestUpstream silent = silent();
                TestUpstream good = TestUpstream.start(call -> {
                    call.write("HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: echo\r\n\r\n");
                    call.write(call.readRaw(4));
                    call.close();
                });
                GatewayUnderTest gateway = setup(policy(1, 100, Duration.ZERO), silent.address(), good.address()).start()) {
            for (int i = 0; i < 2; i++) {
                try (TestClient client = gateway.connect()) {
                    client.send(TestClient.head("GET", "/", "connection: upgrade", "upgrade: echo") + "\r\n");
                    assertThat(client.readHead().status()).isEqualTo(101);
                    silent.awaitClosed();
                    client.send("ping");
                    assertThat(client.readUntilClose()).isEqualTo("ping");
                }
            }
            assertGivenBack(gateway);
        }
    }

    @Test
    void aDrainWaitsForARequestWithTwoAttempts() {
        CountDownLatch both = new CountDownLatch(2);
        CountDownLatch goOn = new CountDownLatch(1);
        try (TestUpstream one = TestUpstream.start(call -> {
            call.request();
            both.countDown();
            awaitLatch(goOn);
            call.write(Reply.ok("late"));
        });
                TestUpstream two = TestUpstream.start(call -> {
                    call.request();
                    both.countDown();
                    call.awaitClosedByPeer();
                });
                GatewayUnderTest gateway = setup(policy(1, 100, Duration.ZERO), one.address(), two.address()).start();
                TestClient client = gateway.connect()) {
            int port = gateway.port();
            client.send(TestClient.head("GET", "/") + "\r\n");
            awaitLatch(both);
            CompletableFuture<Void> drained = gateway.drain(Duration.ZERO);
            gateway.awaitRefusal(port);
            goOn.countDown();
            assertThat(client.readResponse().text()).isEqualTo("late");
            drained.join();
            two.awaitClosed();
        }
    }

    /// The stream of the cancelled attempt is reset, and its connection stays open.
    @Test
    void overHttp2TheLoserIsResetAndItsConnectionServesOn() throws IOException {
        try (ServerSocket oneSocket = new ServerSocket(0, 8, InetAddress.getLoopbackAddress());
                ServerSocket twoSocket = new ServerSocket(0, 8, InetAddress.getLoopbackAddress());
                Http2Gateway gateway = setup(null, null, policy(1, 100, Duration.ZERO)).cluster("up", "h2c", Json.Obj.EMPTY,
                        (InetSocketAddress) oneSocket.getLocalSocketAddress(),
                        (InetSocketAddress) twoSocket.getLocalSocketAddress()).startHttp2();
                Http2TestClient client = gateway.connect()) {
            Http2TestClient.Call call = client.get("/0");
            try (Http2Wire one = Http2Wire.accept(oneSocket, ""); Http2Wire two = Http2Wire.accept(twoSocket, "")) {
                for (int i = 0; i < 4; i++) {
                    int id = 2 * i + 1;
                    assertThat(one.fields(one.await(1))).contains(":path: /" + i);
                    assertThat(two.fields(two.await(1))).contains(":path: /" + i);
                    Http2Wire winner = i % 2 == 0 ? one : two;
                    Http2Wire loser = i % 2 == 0 ? two : one;
                    winner.answer(id, "204");
                    assertThat(call.response().status()).isEqualTo(204);
                    assertThat(loser.awaitReset()).isEqualTo("CANCEL");
                    // The response is too late, and has no effect.
                    loser.answer(id, "200");
                    if (i < 3) {
                        call = client.get("/" + (i + 1));
                    }
                }
                Http2TestClient.Call left = client.get("/left");
                one.await(1);
                two.await(1);
                left.cancel();
                assertThat(one.awaitReset()).isEqualTo("CANCEL");
                assertThat(two.awaitReset()).isEqualTo("CANCEL");
            }
        }
    }

    // ---- when there is no second attempt

    /// The first attempt would be too late for the body that the second one has taken.
    @Test
    void aBodyThatCannotBeKeptIsSentOnceAlsoWhileItWaitsForAConnection() {
        AtomicInteger holds = new AtomicInteger();
        CountDownLatch goOn = new CountDownLatch(1);
        try (TestUpstream one = TestUpstream.start(call -> holdOrAnswer(call, holds, goOn));
                TestUpstream two = TestUpstream.start(call -> holdOrAnswer(call, holds, goOn));
                GatewayUnderTest gateway = setup(null, null, policy(1, 100, Duration.ZERO))
                        .limits(new ConnectionLimits(Duration.ofSeconds(5), Duration.ofSeconds(4), 1, 10))
                        .cluster("up", one.address(), two.address())
                        .retries(new ProxySettings.Retries(1000, 1 << 20, 10)).start();
                TestClient holder = gateway.connect();
                TestClient first = gateway.connect();
                TestClient second = gateway.connect()) {
            holder.send(TestClient.head("POST", "/hold") + "\r\n");
            GatewayUnderTest.await(() -> holds.get() == 1, () -> "the request that keeps a connection busy");
            String put = TestClient.head("PUT", "/", "content-length: 5000") + "\r\n" + "x".repeat(5000);
            first.send(put);
            second.send(put);
            pause();
            goOn.countDown();
            assertThat(holder.readResponse().status()).isEqualTo(200);
            assertThat(first.readResponse().text()).isEqualTo("5000");
            assertThat(second.readResponse().text()).isEqualTo("5000");
            assertThat(one.requests().size()).as("requests at either endpoint").isIn(1, 2);
            assertThat(one.requests().size() + two.requests().size()).isEqualTo(3);
            assertGivenBack(gateway);
        }
    }

    private static void holdOrAnswer(ServerCall call, AtomicInteger holds, CountDownLatch goOn) throws IOException {
        int length = call.request().body().length;
        if (call.target().equals("/hold")) {
            holds.incrementAndGet();
            awaitLatch(goOn);
        }
        call.write(Reply.ok(Integer.toString(length)));
    }

    /// Waits long enough for attempts that must not begin: no event reports that they do not.
    private static void pause() {
        try {
            Thread.sleep(LONG_AFTER);
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void aHedgeThatTheBudgetRefusesLeavesItsAttemptToARetry() {
        AtomicInteger held = new AtomicInteger();
        AtomicInteger tried = new AtomicInteger();
        CountDownLatch goOn = new CountDownLatch(1);
        CountDownLatch fail = new CountDownLatch(1);
        try (TestUpstream one = TestUpstream.start(call -> holdOrFail(call, held, tried, goOn, fail));
                TestUpstream two = TestUpstream.start(call -> holdOrFail(call, held, tried, goOn, fail));
                GatewayUnderTest gateway = setup(policy(1, 0, Duration.ZERO), one.address(), two.address()).start();
                TestClient client = gateway.connect()) {
            List<TestClient> holders = hold(gateway, 3);
            GatewayUnderTest.await(() -> held.get() == 6, () -> "three requests to be hedged");
            client.send(TestClient.head("GET", "/once") + "\r\n");
            GatewayUnderTest.await(() -> tried.get() == 1, () -> "the first attempt");
            pause();
            assertThat(tried).as("attempts, over the budget").hasValue(1);
            goOn.countDown();
            holders.forEach(each -> assertThat(each.readResponse().status()).isEqualTo(200));
            holders.forEach(TestClient::close);
            fail.countDown();
            assertThat(client.readResponse().text()).isEqualTo("again");
            assertGivenBack(gateway);
        }
    }

    private static List<TestClient> hold(GatewayUnderTest gateway, int count) {
        List<TestClient> holders = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            holders.add(gateway.connect().send(TestClient.head("GET", "/hold") + "\r\n"));
        }
        return holders;
    }

    private static void holdOrFail(ServerCall call, AtomicInteger held, AtomicInteger tried, CountDownLatch goOn,
            CountDownLatch fail) throws IOException {
        call.request();
        if (call.target().equals("/hold")) {
            held.incrementAndGet();
            awaitLatch(goOn);
            call.write(Reply.ok("held"));
        } else if (tried.incrementAndGet() == 1) {
            awaitLatch(fail);
            call.reset();
        } else {
            call.write(Reply.ok("again"));
        }
    }

    @Test
    void whatCannotBeHedgedYetIsHedgedLater() {
        try (TestUpstream silent = silent();
                TestUpstream good = TestUpstream.named("good");
                GatewayUnderTest gateway = setup(policy(1, 0, Duration.ZERO), silent.address(), good.address()).start();
                TestClient slow = gateway.connect()) {
            // The budget allows three at a time.
            List<TestClient> clients = hold(gateway, 12);
            clients.forEach(each -> assertThat(each.readResponse().text()).isEqualTo("good"));
            clients.forEach(TestClient::close);
            for (int i = 0; i < 2; i++) {
                slow.send(TestClient.head("PUT", "/", "content-length: 6") + "\r\nabc");
                pause();
                slow.send("def");
                assertThat(slow.readResponse().text()).isEqualTo("good");
                assertThat(good.lastRequest().text()).isEqualTo("abcdef");
            }
            assertGivenBack(gateway);
        }
    }

    /// The delay ends while no attempt is in flight: the attempt after the pause is hedged too.
    @Test
    void anAttemptAfterAPauseIsHedgedToo() {
        AtomicInteger calls = new AtomicInteger();
        try (TestUpstream one = TestUpstream.start(call -> failHangAnswer(call, calls));
                TestUpstream two = TestUpstream.start(call -> failHangAnswer(call, calls));
                GatewayUnderTest gateway = setup(policy(2, 100, Duration.ofMillis(100)), one.address(), two.address()).start();
                TestClient client = gateway.connect()) {
            assertThat(client.request("GET", "/").text()).isEqualTo("third");
            assertGivenBack(gateway);
        }
    }

    private static void failHangAnswer(ServerCall call, AtomicInteger calls) throws IOException {
        call.request();
        switch (calls.incrementAndGet()) {
            case 1 -> call.reset();
            case 2 -> call.awaitClosedByPeer();
            default -> call.write(Reply.ok("third"));
        }
    }

    // ---- endpoints that hang

    @Test
    void anEndpointThatHangsIsEjectedAndGetsNoSecondAttemptsEither() {
        try (TestUpstream hanging = silent();
                TestUpstream good = TestUpstream.named("good");
                GatewayUnderTest gateway = setup(policy(1, 100, Duration.ZERO), hanging.address(), good.address()).start();
                TestClient client = gateway.connect()) {
            int sent = 0;
            while (gateway.gateway().unhealthyEndpoints().isEmpty()) {
                assertThat(client.request("GET", "/").text()).isEqualTo("good");
                assertThat(++sent).as("requests until the endpoint is ejected").isLessThan(2000);
            }
            assertThat(gateway.gateway().unhealthyEndpoints()).singleElement().asString()
                    .contains(":" + hanging.port()).contains("hedging_timeout");
            int before = hanging.connectionsOpened();
            good.handler(call -> {
                call.request();
                pause();
                call.write(Reply.ok("slow"));
            });
            assertThat(client.request("GET", "/").text()).isEqualTo("slow");
            assertThat(hanging.connectionsOpened()).isEqualTo(before);
        }
    }

    /// The first answer may be an immediate failure.
    @Test
    void anEndpointThatIsOvertakenByErrorsIsNotEjected() {
        try (TestUpstream slow = silent();
                TestUpstream failing = TestUpstream.answering(Reply.of(500, "broken"));
                GatewayUnderTest gateway = setup(policy(1, 100, Duration.ZERO), slow.address(), failing.address()).start();
                TestClient client = gateway.connect()) {
            long end = System.nanoTime() + 1_500_000_000L;
            while (System.nanoTime() < end) {
                assertThat(client.request("GET", "/").status()).isEqualTo(500);
            }
            assertThat(slow.requests()).hasSizeGreaterThan(5);
            assertThat(gateway.gateway().unhealthyEndpoints()).isEmpty();
        }
    }

    // ---- nothing is kept

    /// Requests of every kind, to endpoints that behave randomly; then exactly three may be hedged at once, as at the start.
    @Test
    void everythingThatWasTakenIsGivenBack() throws InterruptedException {
        AtomicInteger held = new AtomicInteger();
        CountDownLatch goOn = new CountDownLatch(1);
        Random random = new Random(15);
        RetryPolicy three = policy(2, 0, Duration.ZERO);
        try (TestUpstream one = TestUpstream.start(call -> anything(call, random, held, goOn));
                TestUpstream two = TestUpstream.start(call -> anything(call, random, held, goOn));
                TestUpstream other = TestUpstream.start(call -> anything(call, random, held, goOn));
                GatewayUnderTest gateway = GatewayUnderTest.setup().cluster(never("up", one, two, other))
                        .route(GatewayUnderTest.with(GatewayUnderTest.forward("all", "/", "up"),
                                new RouteOptions(Duration.ofSeconds(1), Duration.ofMillis(100), null, null, true, three)))
                        .route(GatewayUnderTest.with(GatewayUnderTest.forward("hold", "/hold", "up"),
                                new RouteOptions(null, null, null, null, true, three)))
                        .start()) {
            List<Thread> clients = new ArrayList<>();
            for (int i = 0; i < 12; i++) {
                clients.add(Thread.ofVirtual().start(() -> requests(gateway, random)));
            }
            for (Thread client : clients) {
                client.join();
            }
            assertGivenBack(gateway);
            List<TestClient> holders = hold(gateway, 5);
            GatewayUnderTest.await(() -> held.get() >= 8, () -> "three of five to be hedged; there are " + held + " attempts");
            pause();
            assertThat(held).as("attempts of five requests").hasValue(8);
            goOn.countDown();
            holders.forEach(TestClient::close);
        }
    }

    private static Cluster never(String name, TestUpstream... endpoints) {
        Cluster cluster = GatewayUnderTest.cluster(name, ConnectionLimits.DEFAULT,
                List.of(endpoints).stream().map(TestUpstream::address).toArray(InetSocketAddress[]::new));
        return new Cluster(cluster.name(), cluster.origin(), cluster.protocol(), cluster.protocolConfig(), cluster.endpoints(),
                cluster.balancing(), cluster.connections(),
                new OutlierDetection(0, 0, Duration.ofSeconds(1), Duration.ofSeconds(1), 0));
    }

    private static void requests(GatewayUnderTest gateway, Random random) {
        for (int i = 0; i < 25; i++) {
            try (TestClient client = gateway.connect()) {
                int kind = random.nextInt(6);
                String body = "x".repeat(random.nextInt(3) * 40_000);
                String head = TestClient.head(kind == 0 ? "POST" : "PUT", "/" + i, "content-length: " + body.length());
                client.send(head + "\r\n" + body);
                if (kind == 1) {
                    client.reset();
                } else {
                    assertThat(client.readResponse().status()).isIn(200, 502, 503, 504);
                }
            }
        }
    }

    private static void anything(ServerCall call, Random random, AtomicInteger held, CountDownLatch goOn)
            throws IOException, InterruptedException {
        call.request();
        if (call.target().equals("/hold")) {
            held.incrementAndGet();
            awaitLatch(goOn);
            call.write(Reply.ok("held"));
            return;
        }
        switch (random.nextInt(8)) {
            case 0 -> call.reset();
            case 1 -> call.awaitClosedByPeer();
            case 2 -> call.write(Reply.of(503, "busy"));
            case 3 -> {
                call.write("HTTP/1.1 103 Early Hints\r\n\r\n");
                call.write(Reply.ok("informed"));
            }
            case 4 -> call.write("HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n12345").reset();
            case 5, 6 -> {
                Thread.sleep(random.nextInt(80));
                call.write(Reply.ok("slow"));
            }
            default -> call.write(Reply.ok("here"));
        }
    }
}
