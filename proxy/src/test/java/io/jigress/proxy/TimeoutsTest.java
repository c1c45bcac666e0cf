package io.jigress.proxy;

import static io.jigress.proxy.GatewayUnderTest.millis;
import static org.assertj.core.api.Assertions.assertThat;

import io.jigress.config.RouteOptions;
import io.jigress.proxy.http.ClientTimeouts;
import io.jigress.testkit.ReceivedResponse;
import io.jigress.testkit.Reply;
import io.jigress.testkit.TestClient;
import io.jigress.testkit.TestUpstream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@ExtendWith(NoLeaks.class)
class TimeoutsTest {

    @Test
    void aHeadThatDoesNotCompleteIsAnsweredWith408() {
        try (TestUpstream upstream = TestUpstream.named("a");
                GatewayUnderTest gateway = GatewayUnderTest.to(upstream).accessLog()
                        .timeouts(was -> new ClientTimeouts(millis(200), was.idle(), was.request(),
                                was.attempt(), was.silence()))
                        .start();
                TestClient client = gateway.connect()) {
            client.send("GET / HTTP/1.1\r\nHost: ");
            assertThat(client.readResponse().status()).isEqualTo(408);
            client.assertClosed();
            assertThat(upstream.connectionsOpened()).isZero();
            assertThat(gateway.closeAndReadLog()).singleElement().asString().contains("\"flag\":\"RT\"",
                    "\"reason\":\"slow_header\"");
        }
    }

    @Test
    void aConnectionOnWhichNothingComesIsIdleAndClosedInSilence() {
        try (TestUpstream upstream = TestUpstream.named("a");
                GatewayUnderTest gateway = GatewayUnderTest.to(upstream)
                        .timeouts(was -> new ClientTimeouts(millis(200), millis(700), was.request(),
                                was.attempt(), was.silence()))
                        .start();
                TestClient client = gateway.connect()) {
            long connected = System.nanoTime();
            client.assertClosed();
            assertThat(System.nanoTime() - connected).isGreaterThan(millis(600).toNanos());
        }
    }

    @Test
    void anIdleConnectionIsClosed() {
        try (TestUpstream upstream = TestUpstream.named("a");
                GatewayUnderTest gateway = GatewayUnderTest.to(upstream)
                        .timeouts(was -> new ClientTimeouts(was.head(), millis(200), was.request(),
                                was.attempt(), was.silence()))
                        .start();
                TestClient client = gateway.connect()) {
            assertThat(client.request("GET", "/").status()).isEqualTo(200);
            client.assertClosed();
        }
    }

    @Test
    void aBodyThatStallsIsAnsweredWith408() {
        try (TestUpstream upstream = TestUpstream.named("a");
                GatewayUnderTest gateway = GatewayUnderTest.to(upstream)
                        .options(new RouteOptions(null, null, millis(200), null, true)).accessLog().start();
                TestClient client = gateway.connect()) {
            client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nabc");
            assertThat(client.readResponse().status()).isEqualTo(408);
            client.assertClosed();
            upstream.awaitClosed();
            assertThat(upstream.requests()).isEmpty();
            assertThat(gateway.closeAndReadLog()).singleElement().asString().contains("\"flag\":\"RT\"", "\"origin\":\"client\"");
        }
    }

    @Test
    void anUpstreamThatDoesNotAnswerIsAnsweredFor() {
        answeredWith504(new RouteOptions(null, millis(200), null, null, true));
    }

    @Test
    void aRequestThatTakesTooLongIsAnsweredFor() {
        answeredWith504(new RouteOptions(millis(200), null, null, null, true));
    }

    private static void answeredWith504(RouteOptions options) {
        try (TestUpstream upstream = TestUpstream.start(call -> call.awaitClosedByPeer());
                GatewayUnderTest gateway = GatewayUnderTest.to(upstream).options(options).accessLog().start();
                TestClient client = gateway.connect()) {
            assertThat(client.request("GET", "/").status()).isEqualTo(504);
            upstream.awaitClosed();
            upstream.handler(call -> call.write(Reply.ok("later")));
            assertThat(client.request("GET", "/").text()).isEqualTo("later");
            List<String> log = gateway.closeAndReadLog();
            assertThat(log).hasSize(2);
            assertThat(log.getFirst()).contains("\"flag\":\"UT\"", "\"origin\":\"upstream\"");
        }
    }

    @Test
    void aResponseThatTakesTooLongIsBrokenOff() {
        try (TestUpstream upstream = TestUpstream.start(call -> {
            call.write(Reply.head(200, "content-length: 10") + "\r\nabc");
            call.awaitClosedByPeer();
        });
                GatewayUnderTest gateway = GatewayUnderTest.to(upstream)
                        .options(new RouteOptions(millis(300), null, null, null, true)).start();
                TestClient client = gateway.connect()) {
            client.send(TestClient.head("GET", "/") + "\r\n");
            client.readHead();
            assertThat(client.readUntilClose()).isEqualTo("abc");
            upstream.awaitClosed();
        }
    }

    @Test
    void aResponseThatComesSlowlyIsNotBrokenOffWhileItComes() throws Exception {
        CountDownLatch[] read = {new CountDownLatch(1), new CountDownLatch(1), new CountDownLatch(1)};
        try (TestUpstream upstream = TestUpstream.start(call -> {
            call.write(Reply.head(200, "content-length: 3") + "\r\n");
            for (CountDownLatch each : read) {
                call.write("a").await(each);
            }
        });
                GatewayUnderTest gateway = GatewayUnderTest.to(upstream)
                        .options(new RouteOptions(null, null, millis(5000), null, true)).start();
                TestClient client = gateway.connect()) {
            client.send(TestClient.head("GET", "/") + "\r\n");
            client.readHead();
            for (CountDownLatch each : read) {
                assertThat(client.readBytes(1)).isEqualTo("a");
                each.countDown();
            }
            ReceivedResponse next = client.request("GET", "/x");
            assertThat(next.text()).isEqualTo("aaa");
        }
    }

    /// The client has sent all that is read; the upstream is the silent side.
    @ParameterizedTest
    @ValueSource(strings = {"epoll", "io_uring", "nio"})
    void anUpstreamThatDoesNotReadIsAnsweredFor(String transport) {
        CountDownLatch over = new CountDownLatch(1);
        byte[] body = new byte[20_000_000];
        try (TestUpstream upstream = TestUpstream.start(call -> call.await(over));
                GatewayUnderTest gateway = GatewayUnderTest.to(upstream).on(transport, 1)
                        .options(new RouteOptions(null, null, millis(500), null, true)).accessLog().start();
                TestClient client = gateway.connect()) {
            client.send(TestClient.head("POST", "/", "content-length: " + body.length) + "\r\n");
            Thread writer = Thread.ofVirtual().start(() -> {
                try {
                    client.send(body);
                } catch (UncheckedIOException _) {
                    // The gateway has answered and closed.
                }
            });
            assertThat(client.readResponse().status()).isEqualTo(504);
            over.countDown();
            client.reset();
            join(writer);
            assertThat(gateway.closeAndReadLog()).singleElement().asString().contains("\"flag\":\"UT\"",
                    "\"origin\":\"upstream\"",
                    "silence_timeout");
        }
    }

    /// A client that waits for a 100 cannot send its body yet.
    @Test
    void anUpstreamThatDoesNotSayContinueIsAnsweredFor() {
        try (TestUpstream upstream = TestUpstream.start(call -> call.awaitClosedByPeer());
                GatewayUnderTest gateway = GatewayUnderTest.to(upstream)
                        .options(new RouteOptions(null, null, millis(200), null, true)).accessLog().start();
                TestClient client = gateway.connect()) {
            client.send(TestClient.head("POST", "/", "content-length: 10", "expect: 100-continue") + "\r\n");
            assertThat(client.readResponse().status()).isEqualTo(504);
            assertThat(gateway.closeAndReadLog()).singleElement().asString().contains("\"origin\":\"upstream\"");
        }
    }

    @Test
    void aClientThatStallsUntilTheRequestTakesTooLongIsAnsweredWith408() {
        try (TestUpstream upstream = TestUpstream.start(call -> call.awaitClosedByPeer());
                GatewayUnderTest gateway = GatewayUnderTest.to(upstream)
                        .options(new RouteOptions(millis(200), null, null, null, true)).accessLog().start();
                TestClient client = gateway.connect()) {
            client.send(TestClient.head("POST", "/", "content-length: 10") + "\r\nabc");
            assertThat(client.readResponse().status()).isEqualTo(408);
            assertThat(gateway.closeAndReadLog()).singleElement().asString().contains("\"origin\":\"client\"", "request_timeout");
        }
    }

    /// Like 80 kB/s with an idle timeout of five seconds: the kernel's buffers hold far more than what is read within the timeout.
    @Tag("suite")
    @ParameterizedTest
    @ValueSource(strings = {"epoll", "io_uring", "nio"})
    void aClientThatReadsSteadilyButSlowlyGetsTheWholeResponse(String transport) {
        // The kernel reports what was read in steps of some 200 KiB at worst, and twice as much is read within the idle timeout.
        int size = 30_000_000;
        byte[] large = new byte[size];
        try (TestUpstream upstream = TestUpstream
                .start(call -> call.write(Reply.head(200, "content-length: " + size) + "\r\n").write(large));
                GatewayUnderTest gateway = GatewayUnderTest.to(upstream).on(transport, 1)
                        .options(new RouteOptions(null, null, millis(400), null, true)).accessLog().start();
                TestClient client = gateway.connect()) {
            client.send(TestClient.head("GET", "/") + "\r\n");
            client.readHead();
            int read = 0;
            for (long end = System.nanoTime() + 1_200_000_000L; System.nanoTime() < end; read += 50_000) {
                client.readBytes(50_000);
                LockSupport.parkNanos(50_000_000);
            }
            assertThat(client.readBytes(size - read)).hasSize(size - read);
            assertThat(gateway.closeAndReadLog()).singleElement().asString().doesNotContain("flag");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"epoll", "io_uring", "nio"})
    void aClientThatReadsNothingIsCutOff(String transport) {
        byte[] large = new byte[40_000_000];
        try (TestUpstream upstream = TestUpstream.start(call -> {
            try {
                call.write(Reply.head(200, "content-length: " + large.length) + "\r\n").write(large);
            } catch (IOException _) {
                // Closed by the gateway, as expected.
            }
        });
                GatewayUnderTest gateway = GatewayUnderTest.to(upstream).on(transport, 1)
                        .options(new RouteOptions(null, null, millis(1_000), null, true)).accessLog().start();
                TestClient client = gateway.connect()) {
            client.send(TestClient.head("GET", "/") + "\r\n");
            client.readHead();
            upstream.awaitClosed();
            assertThat(gateway.closeAndReadLog()).singleElement().asString().contains("slow_reader", "\"origin\":\"client\"");
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
