package io.jigress.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import io.jigress.api.FilterPhase;
import io.jigress.api.HeaderName;
import io.jigress.api.JsonReader;
import io.jigress.api.LocalReply;
import io.jigress.api.blocking.BlockingDecision;
import io.jigress.api.blocking.BlockingFilter;
import io.jigress.api.blocking.BlockingFilterFactory;
import io.jigress.api.blocking.BlockingLimits;
import io.jigress.api.blocking.BlockingRequest;
import io.jigress.api.blocking.BlockingResponse;
import io.jigress.testkit.Reply;
import io.jigress.testkit.ReceivedRequest;
import io.jigress.testkit.ReceivedResponse;
import io.jigress.testkit.TestClient;
import io.jigress.testkit.TestUpstream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/// Filters as straight code, on real exchanges.
@ExtendWith(NoLeaks.class)
@Timeout(60)
class BlockingFilterTest {
    private static final HeaderName USER = HeaderName.of("x-user");

    private record Factory(BlockingLimits limits, BlockingFilter filter) implements BlockingFilterFactory<Boolean> {
        @Override
        public String name() {
            return "blocking-test";
        }

        @Override
        public FilterPhase phase() {
            return FilterPhase.AUTHN;
        }

        @Override
        public int priority() {
            return 0;
        }

        @Override
        public Boolean parse(JsonReader config) {
            return true;
        }

        @Override
        public BlockingFilter create(Boolean config) {
            return filter;
        }

        @Override
        public BlockingLimits limits(Boolean config) {
            return limits;
        }
    }

    private static GatewayUnderTest gateway(TestUpstream upstream, BlockingLimits limits, BlockingFilter filter) {
        GatewayUnderTest gateway = GatewayUnderTest.to(upstream).filters(new Factory(limits, filter)).start();
        // The filter is made on another thread; requests of its route are answered with 503 before.
        GatewayUnderTest.await(() -> gateway.gateway().waiting() == 0, () -> "the filter is ready");
        return gateway;
    }

    private static GatewayUnderTest gateway(TestUpstream upstream, BlockingFilter filter) {
        return gateway(upstream, BlockingLimits.DEFAULT.withDeadline(Duration.ofSeconds(20)), filter);
    }

    private interface OnRequest extends BlockingFilter {
        @Override
        BlockingDecision onRequest(BlockingRequest request) throws Exception;
    }

    private interface OnResponse extends BlockingFilter {
        @Override
        BlockingDecision onResponse(BlockingRequest request, BlockingResponse response) throws Exception;
    }

    @Test
    void changesOfARequestGoUpstream() {
        OnRequest filter = request -> {
            assertThat(Thread.currentThread().isVirtual()).isTrue();
            assertThat(request.method()).isEqualTo("GET");
            assertThat(request.path()).isEqualTo("/a");
            assertThat(request.query()).isEqualTo("b=c");
            Thread.sleep(1);
            request.headers().set(USER, request.headers().first(HeaderName.of("x-token")) + "!");
            request.headers().remove(HeaderName.of("x-token"));
            request.target("/changed");
            return BlockingDecision.CONTINUE;
        };
        try (TestUpstream upstream = TestUpstream.named("a"); GatewayUnderTest gateway = gateway(upstream, filter)) {
            assertThat(TestClient.get(gateway.port(), "/a?b=c", "x-token: 7").status()).isEqualTo(200);
            ReceivedRequest received = upstream.lastRequest();
            assertThat(received.target()).isEqualTo("/changed");
            assertThat(received.headers().all("x-user")).containsExactly("7!");
            assertThat(received.headers().all("x-token")).isEmpty();
        }
    }

    @Test
    void aFilterMayRespond() {
        OnRequest filter = request -> BlockingDecision.respond(LocalReply.text(403, "not you", "denied"));
        try (TestUpstream upstream = TestUpstream.named("a"); GatewayUnderTest gateway = gateway(upstream, filter)) {
            ReceivedResponse response = TestClient.get(gateway.port(), "/");
            assertThat(response.status()).isEqualTo(403);
            assertThat(response.text()).isEqualTo("not you");
            assertThat(upstream.requests()).isEmpty();
        }
    }

    @Test
    void bodiesAreGivenWholeAndMayBeReplaced() {
        OnRequest filter = request -> {
            request.body((new String(request.body(), StandardCharsets.UTF_8) + " and more").getBytes(StandardCharsets.UTF_8));
            return BlockingDecision.CONTINUE;
        };
        try (TestUpstream upstream = TestUpstream.named("a");
                GatewayUnderTest gateway = gateway(upstream, BlockingLimits.DEFAULT.withBodies(10, 0), filter);
                TestClient client = gateway.connect()) {
            client.send(TestClient.head("POST", "/", "transfer-encoding: chunked") + "\r\n2\r\nab\r\n")
                    .send("2\r\ncd\r\n0\r\n\r\n");
            assertThat(client.readResponse().status()).isEqualTo(200);
            assertThat(upstream.lastRequest().text()).isEqualTo("abcd and more");
            assertThat(client.request("GET", "/").status()).isEqualTo(200);
            assertThat(upstream.lastRequest().text()).isEqualTo(" and more");
        }
    }

    @Test
    void aBodyBeyondTheLimitIsRefused() {
        OnRequest filter = _ -> BlockingDecision.CONTINUE;
        try (TestUpstream upstream = TestUpstream.named("a");
                GatewayUnderTest gateway = gateway(upstream, BlockingLimits.DEFAULT.withBodies(10, 0), filter)) {
            try (TestClient client = gateway.connect()) {
                assertThat(client.request("POST", "/", new byte[11]).status()).isEqualTo(413);
            }
            try (TestClient client = gateway.connect()) {
                client.send(TestClient.head("POST", "/", "transfer-encoding: chunked") + "\r\nb\r\n12345678901\r\n");
                assertThat(client.readResponse().status()).isEqualTo(413);
            }
            assertThat(upstream.requests()).isEmpty();
        }
    }

    @Test
    void responsesAreChangedWithWhatTheRequestLeft() {
        BlockingFilter filter = new BlockingFilter() {
            @Override
            public BlockingDecision onRequest(BlockingRequest request) {
                request.attach(request.path());
                return BlockingDecision.CONTINUE;
            }

            @Override
            public BlockingDecision onResponse(BlockingRequest request, BlockingResponse response) {
                response.status(201);
                response.headers().add(USER, String.valueOf(request.attachment()));
                response.body(new String(response.body(), StandardCharsets.UTF_8).toUpperCase(java.util.Locale.ROOT)
                        .getBytes(StandardCharsets.UTF_8));
                return BlockingDecision.CONTINUE;
            }
        };
        try (TestUpstream upstream = TestUpstream.answering(Reply.ok("fine"));
                GatewayUnderTest gateway = gateway(upstream, BlockingLimits.DEFAULT.withBodies(0, 100), filter)) {
            ReceivedResponse response = TestClient.get(gateway.port(), "/path");
            assertThat(response.status()).isEqualTo(201);
            assertThat(response.text()).isEqualTo("FINE");
            assertThat(response.headers().all("x-user")).containsExactly("/path");
        }
    }

    @Test
    void aFilterOfResponsesAloneSeesTheRequest() {
        OnResponse filter = (request, _) -> BlockingDecision.respond(LocalReply.text(502, request.path(), "replaced"));
        try (TestUpstream upstream = TestUpstream.named("a"); GatewayUnderTest gateway = gateway(upstream, filter)) {
            ReceivedResponse response = TestClient.get(gateway.port(), "/path");
            assertThat(response.status()).isEqualTo(502);
            assertThat(response.text()).isEqualTo("/path");
        }
    }

    @Test
    void aResponseBeyondTheLimitIsReplaced() {
        OnResponse filter = (_, _) -> BlockingDecision.CONTINUE;
        try (TestUpstream upstream = TestUpstream.answering(Reply.ok("x".repeat(50)));
                GatewayUnderTest gateway = gateway(upstream, BlockingLimits.DEFAULT.withBodies(0, 10), filter)) {
            assertThat(TestClient.get(gateway.port(), "/").status()).isEqualTo(502);
        }
    }

    @Test
    void aCallThatThrowsOrIsLateIsAFailure() {
        OnRequest filter = request -> {
            if (request.path().equals("/throw")) {
                throw new IOException("no database");
            }
            new CountDownLatch(1).await();
            return BlockingDecision.CONTINUE;
        };
        try (TestUpstream upstream = TestUpstream.named("a");
                GatewayUnderTest gateway = gateway(upstream, BlockingLimits.DEFAULT.withDeadline(Duration.ofMillis(50)),
                        filter)) {
            assertThat(TestClient.get(gateway.port(), "/throw").status()).isEqualTo(500);
            assertThat(TestClient.get(gateway.port(), "/late").status()).isEqualTo(500);
            assertThat(upstream.requests()).isEmpty();
        }
    }

    @Test
    void aClientThatDisconnectsInterruptsTheCall() throws InterruptedException {
        BlockingQueue<String> events = new LinkedBlockingQueue<>();
        OnRequest filter = request -> {
            events.add("begun");
            try {
                new CountDownLatch(1).await();
            } catch (InterruptedException e) {
                events.add("interrupted");
                throw e;
            }
            return BlockingDecision.CONTINUE;
        };
        try (TestUpstream upstream = TestUpstream.named("a"); GatewayUnderTest gateway = gateway(upstream, filter)) {
            TestClient client = gateway.connect().send(TestClient.head("GET", "/") + "\r\n");
            assertThat(events.poll(10, TimeUnit.SECONDS)).isEqualTo("begun");
            client.reset();
            assertThat(events.poll(10, TimeUnit.SECONDS)).isEqualTo("interrupted");
        }
    }
}
