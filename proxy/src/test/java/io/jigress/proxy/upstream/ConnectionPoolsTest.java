package io.jigress.proxy.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import io.jigress.config.ConnectionLimits;
import io.jigress.config.Endpoint;
import io.jigress.testkit.Poll;
import io.jigress.testkit.Reply;
import io.jigress.testkit.TestUpstream;
import io.netty.channel.ChannelException;
import io.netty.channel.socket.nio.NioSocketChannel;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class ConnectionPoolsTest {
    private static final Duration LONG = Duration.ofSeconds(30);

    private final Rig rig = new Rig(2);

    @AfterEach
    void close() {
        rig.close();
    }

    private static Endpoint at(TestUpstream upstream) {
        return Endpoint.of("127.0.0.1", upstream.port());
    }

    private static ConnectionLimits limits(int maxConnections, int maxPending) {
        return new ConnectionLimits(LONG, LONG, maxConnections, maxPending);
    }

    /// Answers `ok` when the latch is open.
    private static TestUpstream waiting(CountDownLatch latch) {
        return TestUpstream.start(call -> call.await(latch).write(Reply.ok("ok")));
    }

    @Test
    void requestsOneAfterAnotherShareAConnection() {
        try (TestUpstream server = TestUpstream.answering(Reply.ok("ok"))) {
            Upstream upstream = rig.fixed(Rig.LIMITS, at(server));
            TestRequest first = rig.send(upstream);
            assertThat(first.result()).isEqualTo("200 ok");
            assertThat(first.reused()).isFalse();
            for (int i = 0; i < 5; i++) {
                TestRequest next = rig.send(upstream);
                assertThat(next.result()).isEqualTo("200 ok");
                assertThat(next.reused()).isTrue();
            }
            assertThat(server.connectionsOpened()).isOne();
            assertThat(describe()).isEqualTo("{\"endpoints\":1,\"open\":1,\"idle\":1,\"connecting\":0,\"waiting\":0}");
            assertThat(upstream.endpoints().entries().getFirst().connections()).isOne();
        }
    }

    @Test
    void editOfLimitsKeepsConnections() {
        try (TestUpstream server = TestUpstream.answering(Reply.ok("ok"))) {
            Upstream before = rig.fixed(Rig.LIMITS, at(server));
            rig.send(before).result();
            Upstream after = rig.fixed(limits(7, 7), at(server));
            rig.upstreams.release(before);
            TestRequest next = rig.send(after);
            assertThat(next.result()).isEqualTo("200 ok");
            assertThat(next.reused()).isTrue();
        }
    }

    @Test
    void freshMeansAConnectionThatNobodyUsed() {
        try (TestUpstream server = TestUpstream.answering(Reply.ok("ok"))) {
            Upstream upstream = rig.fixed(limits(1, 1), at(server));
            rig.send(upstream).result();
            TestRequest fresh = rig.send(0, upstream, true);
            assertThat(fresh.result()).isEqualTo("200 ok");
            assertThat(fresh.reused()).isFalse();
            assertThat(server.connectionsOpened()).isEqualTo(2);
            server.awaitConnectionsOpen(1);
        }
    }

    @Test
    void connectionThatTheServerClosedIsForgotten() {
        try (TestUpstream server = TestUpstream.answering(Reply.ok("ok"))) {
            Upstream upstream = rig.fixed(Rig.LIMITS, at(server));
            rig.send(upstream).result();
            server.closeConnections();
            awaitOpen(0, 0);
            TestRequest next = rig.send(upstream);
            assertThat(next.result()).isEqualTo("200 ok");
            assertThat(next.reused()).isFalse();
        }
    }

    @Test
    void connectionClosedAsTheRequestComesTellsThatItWasStale() {
        try (TestUpstream server = TestUpstream.answering(Reply.ok("ok"))) {
            Upstream upstream = rig.fixed(Rig.LIMITS, at(server));
            rig.send(upstream).result();
            server.handler(call -> {
                call.request();
                call.close();
            });
            assertThat(rig.send(upstream).result()).isEqualTo("UPSTREAM_RESET stale_connection retryable");
        }
    }

    @Test
    void bytesOnAnIdleConnectionCloseIt() throws Exception {
        CountDownLatch again = new CountDownLatch(1);
        try (TestUpstream server = TestUpstream
                .start(call -> call.write(Reply.ok("ok")).await(again).write("HTTP/1.1 408 Late\r\n\r\n"))) {
            rig.send(rig.fixed(Rig.LIMITS, at(server))).result();
            again.countDown();
            awaitOpen(0, 0);
        }
    }

    @Test
    void idleConnectionIsClosedAfterTheIdleTimeout() {
        try (TestUpstream server = TestUpstream.answering(Reply.ok("ok"))) {
            rig.send(rig.fixed(new ConnectionLimits(LONG, Duration.ofMillis(50), 10, 10), at(server))).result();
            server.awaitClosed();
            awaitOpen(0, 0);
        }
    }

    @Test
    void byDefaultAnIdleConnectionIsClosedBeforeAServerClosesItThatWaitsFiveSeconds() {
        try (TestUpstream server = TestUpstream.answering(Reply.ok("ok"))) {
            rig.send(rig.fixed(ConnectionLimits.DEFAULT, at(server))).result();
            rig.setAhead(Duration.ofSeconds(3));
            assertThat(server.connectionsOpen()).as("kept for a while").isOne();
            rig.setAhead(Duration.ofMillis(4_500));
            server.awaitClosed();
            awaitOpen(0, 0);
        }
    }

    @Test
    void requestsPastTheLimitWaitAndPastTheQueueAreTurnedAway() {
        CountDownLatch latch = new CountDownLatch(1);
        try (TestUpstream server = waiting(latch)) {
            Upstream upstream = rig.fixed(limits(1, 2), at(server));
            TestRequest sent = rig.send(upstream);
            server.awaitHeads(1);
            TestRequest second = rig.send(upstream);
            TestRequest third = rig.send(upstream);
            assertThat(rig.send(upstream).result()).startsWith("OVERLOADED");
            assertThat(rig.send(1, upstream, false).result()).startsWith("OVERLOADED");
            assertThat(rig.numbers.getFirst().poolPending).isEqualTo(2);
            latch.countDown();
            for (TestRequest request : List.of(sent, second, third)) {
                assertThat(request.result()).isEqualTo("200 ok");
            }
            assertThat(server.connectionsOpened()).isOne();
        }
    }

    @Test
    void withoutAQueueRequestsAreServedUpToTheLimitOfConnections() {
        CountDownLatch latch = new CountDownLatch(1);
        try (TestUpstream server = waiting(latch)) {
            Upstream upstream = rig.fixed(limits(2, 0), at(server));
            TestRequest[] both = {new TestRequest(), new TestRequest()};
            rig.run(0, () -> {
                for (TestRequest each : both) {
                    rig.pools.getFirst().acquire(upstream, upstream.endpoints().usable(0), false, each);
                }
                return "";
            });
            server.awaitHeads(2);
            assertThat(rig.send(upstream).result()).startsWith("OVERLOADED");
            latch.countDown();
            assertThat(both[0].result()).isEqualTo("200 ok");
            assertThat(both[1].result()).isEqualTo("200 ok");
        }
    }

    @Test
    void idleConnectionOfAnotherLoopMakesRoom() {
        try (TestUpstream server = TestUpstream.answering(Reply.ok("ok"))) {
            Upstream upstream = rig.fixed(limits(1, 9), at(server));
            assertThat(rig.send(0, upstream, false).result()).isEqualTo("200 ok");
            assertThat(rig.send(1, upstream, false).result()).isEqualTo("200 ok");
            assertThat(rig.send(0, upstream, false).result()).isEqualTo("200 ok");
            assertThat(server.connectionsOpened()).isEqualTo(3);
        }
    }

    @Test
    void busyConnectionOfAnotherLoopMakesRoomWhenItsCallEnds() {
        CountDownLatch latch = new CountDownLatch(1);
        try (TestUpstream server = waiting(latch)) {
            Upstream upstream = rig.fixed(limits(1, 9), at(server));
            TestRequest first = rig.send(0, upstream, false);
            server.awaitHeads(1);
            TestRequest second = rig.send(1, upstream, false);
            latch.countDown();
            assertThat(first.result()).isEqualTo("200 ok");
            assertThat(second.result()).isEqualTo("200 ok");
        }
    }

    @Test
    void waiterThatGaveUpIsNotServed() {
        CountDownLatch latch = new CountDownLatch(1);
        try (TestUpstream server = waiting(latch)) {
            Upstream upstream = rig.fixed(limits(1, 1), at(server));
            TestRequest first = rig.send(upstream);
            server.awaitHeads(1);
            TestRequest second = rig.send(upstream);
            rig.run(0, () -> {
                rig.pools.getFirst().cancel(second);
                rig.pools.getFirst().cancel(second);
                return "";
            });
            TestRequest third = rig.send(upstream);
            latch.countDown();
            assertThat(first.result()).isEqualTo("200 ok");
            assertThat(third.result()).isEqualTo("200 ok");
            assertThat(second.done()).isFalse();
        }
    }

    @Test
    void cancelledCallClosesItsConnection() {
        CountDownLatch latch = new CountDownLatch(1);
        try (TestUpstream server = waiting(latch)) {
            TestRequest request = rig.send(rig.fixed(Rig.LIMITS, at(server)));
            server.awaitHeads(1);
            rig.run(0, () -> {
                request.call().cancel();
                return "";
            });
            awaitOpen(0, 0);
            latch.countDown();
            assertThat(request.done()).isFalse();
        }
    }

    @Test
    void refusedConnectionFailsEveryoneWhoWaitedForIt() throws IOException {
        int port;
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = socket.getLocalPort();
        }
        Upstream upstream = rig.fixed(Rig.LIMITS, Endpoint.of("127.0.0.1", port));
        List<TestRequest> requests = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            requests.add(rig.send(upstream));
        }
        for (TestRequest request : requests) {
            assertThat(request.result()).isEqualTo("CONNECT_FAILED connection_refused retryable");
        }
        assertThat(upstream.endpoints().entries().getFirst().connections()).isZero();
        assertThat(describe()).startsWith("{\"endpoints\":0,");
    }

    @Test
    void aConnectionThatCannotBeMadeIsReportedOnItsLoop() throws Exception {
        try (Rig broken = new Rig(1, () -> {
            throw new ChannelException(new IOException("socket(..) failed: Too many open files"));
        }, 10)) {
            TestRequest request = broken.send(broken.fixed(Rig.LIMITS, Endpoint.of("127.0.0.1", 80)));
            assertThat(request.result()).isEqualTo("OVERLOADED too_many_open_files");
            assertThat(request.failedOn()).isEqualTo(broken.run(0, Thread::currentThread));
        }
    }

    @Test
    void aRequestForWhichNoFileIsLeftIsTurnedAway() {
        CountDownLatch latch = new CountDownLatch(1);
        try (Rig small = new Rig(2, NioSocketChannel::new, 2); TestUpstream server = waiting(latch)) {
            Upstream upstream = small.fixed(Rig.LIMITS, at(server));
            TestRequest first = small.send(0, upstream, false);
            TestRequest second = small.send(1, upstream, false);
            server.awaitHeads(2);
            assertThat(small.send(0, upstream, false).result()).isEqualTo("OVERLOADED too_many_open_files");
            assertThat(small.send(1, upstream, false).result()).isEqualTo("OVERLOADED too_many_open_files");
            latch.countDown();
            assertThat(first.result()).isEqualTo("200 ok");
            assertThat(second.result()).isEqualTo("200 ok");
            assertThat(small.send(0, upstream, false).result()).isEqualTo("200 ok");
        }
    }

    @Test
    void whereNoFileIsLeftAnIdleConnectionElsewhereIsClosed() {
        try (Rig small = new Rig(3, NioSocketChannel::new, 2);
                TestUpstream one = TestUpstream.answering(Reply.ok("one"));
                TestUpstream two = TestUpstream.answering(Reply.ok("two"))) {
            Upstream to1 = small.fixed(Rig.LIMITS, at(one));
            Upstream to2 = small.fixed(Rig.LIMITS, at(two));
            assertThat(small.send(0, to1, false).result()).isEqualTo("200 one");
            assertThat(small.send(1, to1, false).result()).isEqualTo("200 one");
            awaitIdle(small, 2);
            assertThat(small.send(0, to2, false).result()).as("closes one of the same loop").isEqualTo("200 two");
            awaitIdle(small, 2);
            assertThat(small.send(2, to2, false).result()).as("closes one of another loop").isEqualTo("200 two");
            awaitIdle(small, 2);
            assertThat(small.send(2, to1, false).result()).isEqualTo("200 one");
        }
    }

    @Test
    void anotherIdleConnectionIsClosedWhereTheFileOfTheFirstWasTakenMeanwhile() throws Exception {
        CountDownLatch latch = new CountDownLatch(1);
        try (Rig small = new Rig(3, NioSocketChannel::new, 2);
                TestUpstream one = waiting(latch);
                TestUpstream two = TestUpstream.answering(Reply.ok("two"))) {
            Upstream to1 = small.fixed(Rig.LIMITS, at(one));
            Upstream to2 = small.fixed(Rig.LIMITS, at(two));
            TestRequest first = small.send(2, to1, false);
            TestRequest second = small.send(2, to1, false);
            one.awaitHeads(2);
            latch.countDown();
            assertThat(first.result()).isEqualTo("200 ok");
            assertThat(second.result()).isEqualTo("200 ok");
            awaitIdle(small, 2);

            CountDownLatch taken = new CountDownLatch(1);
            TestRequest late = new TestRequest();
            UpstreamEndpoint endpoint = small.run(0, () -> to2.pick(small.loops.getFirst(), null));
            small.loops.getFirst().executor().execute(() -> {
                small.pools.getFirst().acquire(to2, endpoint, false, late);
                awaitLatch(taken);
            });
            awaitIdle(small, 1);
            assertThat(small.send(1, to2, false).result()).as("takes the file").isEqualTo("200 two");
            taken.countDown();
            assertThat(late.result()).isEqualTo("200 two");
        }
    }

    private static void awaitLatch(CountDownLatch latch) {
        try {
            assertThat(latch.await(10, TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    /// A response is reported before its connection is idle.
    private static void awaitIdle(Rig rig, long connections) {
        while (rig.pools.stream().mapToLong(ConnectionPools::idle).sum() != connections) {
            Poll.pause();
        }
    }

    @Test
    void connectionThatNobodyAcceptsTimesOut() throws IOException {
        List<Socket> backlog = new ArrayList<>();
        try (ServerSocket full = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            InetSocketAddress address = (InetSocketAddress) full.getLocalSocketAddress();
            try {
                for (int i = 0; i < 16; i++) {
                    Socket socket = new Socket();
                    backlog.add(socket);
                    socket.connect(address, 100);
                }
            } catch (IOException _) {
                // The backlog is full.
            }
            Upstream upstream = rig.fixed(new ConnectionLimits(Duration.ofMillis(50), LONG, 10, 10),
                    Endpoint.of("127.0.0.1", full.getLocalPort()));
            assertThat(rig.send(upstream).result()).isEqualTo("CONNECT_TIMEOUT connect_timeout retryable");
        } finally {
            for (Socket socket : backlog) {
                socket.close();
            }
        }
    }

    @Test
    void burstOpensAConnectionForEachRequestAndKeepsThem() {
        CountDownLatch latch = new CountDownLatch(1);
        try (TestUpstream server = waiting(latch)) {
            Upstream upstream = rig.fixed(Rig.LIMITS, at(server));
            List<TestRequest> requests = new ArrayList<>();
            for (int i = 0; i < 20; i++) {
                requests.add(rig.send(upstream));
            }
            server.awaitHeads(20);
            latch.countDown();
            requests.forEach(request -> assertThat(request.result()).isEqualTo("200 ok"));
            awaitOpen(20, 20);
            assertThat(server.connectionsOpened()).isEqualTo(20);
            rig.pools.getFirst().closeIdle();
            server.awaitClosed();
            awaitOpen(0, 0);
        }
    }

    @Test
    void connectionToAnEndpointThatWentAwayIsNotKept() {
        CountDownLatch latch = new CountDownLatch(1);
        try (TestUpstream server = waiting(latch)) {
            Upstream upstream = rig.fixed(Rig.LIMITS, at(server));
            TestRequest request = rig.send(upstream);
            server.awaitHeads(1);
            rig.upstreams.release(upstream);
            latch.countDown();
            assertThat(request.result()).isEqualTo("200 ok");
            server.awaitClosed();
        }
    }

    /// The description of the first loop's pools when the loop has no pending work.
    private String describe() {
        return rig.run(0, () -> rig.pools.getFirst().describe().toString());
    }

    private void awaitOpen(int open, int idle) {
        String wanted = "\"open\":" + open + ",\"idle\":" + idle + ",";
        while (!describe().contains(wanted)) {
            Poll.pause();
        }
        assertThat(rig.numbers.getFirst().poolOpen).isEqualTo(open);
        assertThat(rig.numbers.getFirst().poolIdle).isEqualTo(idle);
    }
}
