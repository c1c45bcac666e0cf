package io.jigress.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import io.jigress.api.Body;
import io.jigress.api.BodyWriter;
import io.jigress.api.Exchange;
import io.jigress.api.FilterDecision;
import io.jigress.api.FilterPhase;
import io.jigress.api.HeaderName;
import io.jigress.api.HttpFilter;
import io.jigress.api.LocalReply;
import io.jigress.api.ReplyBody;
import io.jigress.testkit.ReceivedResponse;
import io.jigress.testkit.TestClient;
import io.jigress.testkit.TestUpstream;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// Local replies whose bodies are produced while they are sent, and replies with trailers.
@Timeout(60)
class StreamedReplyTest {
    private static final HeaderName SUM = HeaderName.of("x-sum");

    /// A body of equal parts, sent as fast as they are accepted.
    private static final class Generated implements ReplyBody.Source {
        static final int PART = 16 * 1024;
        private final ByteBuf part = Unpooled.buffer(PART).writeZero(PART);
        private final CountDownLatch stopped = new CountDownLatch(1);
        private final CountDownLatch cancelled = new CountDownLatch(1);
        private final AtomicInteger mostKept = new AtomicInteger();
        private int left;

        Generated(int bytes) {
            left = bytes / PART;
        }

        @Override
        public void start(BodyWriter body) {
            body.onWritable(() -> send(body));
            send(body);
        }

        private void send(BodyWriter body) {
            while (left > 0 && body.writable()) {
                left--;
                body.write(part.retainedDuplicate());
                mostKept.accumulateAndGet(part.refCnt(), Math::max);
            }
            if (left == 0) {
                body.end(List.of(Map.entry(SUM, "done")));
            } else {
                stopped.countDown();
            }
        }

        @Override
        public void cancelled() {
            cancelled.countDown();
        }
    }

    private static HttpFilter replying(LocalReply reply) {
        return new HttpFilter() {
            @Override
            public FilterDecision onRequestHead(Exchange exchange) {
                return new FilterDecision.Reply(reply);
            }
        };
    }

    private static LocalReply streamed(ReplyBody.Source source) {
        return LocalReply.streamed(200, List.of(), source, "generated");
    }

    @Test
    @Tag("suite")
    void aGeneratedBodyOf100MegabytesIsNeverInMemoryAsAWhole() {
        int bytes = 100 * 1024 * 1024;
        Generated body = new Generated(bytes);
        try (TestUpstream upstream = TestUpstream.named("a");
                GatewayUnderTest gateway = GatewayUnderTest.to(upstream).filters(TestFilter.of(replying(streamed(body)))).start();
                TestClient client = gateway.connect()) {
            ReceivedResponse response = client.request("GET", "/");
            assertThat(response.body()).hasSize(bytes);
            assertThat(response.trailers().first("x-sum")).isEqualTo("done");
            assertThat(body.mostKept.get() * (long) Generated.PART).isLessThan(2 * 1024 * 1024);
            assertThat(body.cancelled.getCount()).isEqualTo(1);
            assertThat(client.request("HEAD", "/").status()).isEqualTo(200);
            client.assertOpen();
        }
    }

    @Test
    void aClientThatLeavesCancelsTheBody() throws InterruptedException {
        Generated body = new Generated(100 * 1024 * 1024);
        try (TestUpstream upstream = TestUpstream.named("a");
                GatewayUnderTest gateway = GatewayUnderTest.to(upstream).filters(TestFilter.of(replying(streamed(body)))).start();
                TestClient client = gateway.connect()) {
            client.send(TestClient.head("GET", "/") + "\r\n");
            assertThat(body.stopped.await(10, TimeUnit.SECONDS)).isTrue();
            client.reset();
            assertThat(body.cancelled.await(10, TimeUnit.SECONDS)).isTrue();
        }
    }

    @Test
    void aStreamedBodyPassesTheResponseFiltersWhichMayWait() {
        HttpFilter upper = new HttpFilter() {
            @Override
            public FilterDecision onResponseBody(Exchange exchange, Body body) {
                body.replace(Unpooled.copiedBuffer(body.data().toString(StandardCharsets.US_ASCII).toUpperCase(Locale.ROOT),
                        StandardCharsets.US_ASCII));
                return new FilterDecision.Wait(exchange.suspend(Duration.ofMillis(5), FilterDecision.CONTINUE));
            }
        };
        ReplyBody.Source source = body -> {
            body.write(Unpooled.copiedBuffer("one ", StandardCharsets.US_ASCII));
            body.write(Unpooled.copiedBuffer("two", StandardCharsets.US_ASCII));
            body.end();
        };
        try (TestUpstream upstream = TestUpstream.named("a");
                GatewayUnderTest gateway = GatewayUnderTest.to(upstream)
                        .filters(new TestFilter("upper", FilterPhase.EDGE, upper),
                                new TestFilter("replies", FilterPhase.TRANSFORM, replying(streamed(source))))
                        .start();
                TestClient client = gateway.connect()) {
            for (int i = 0; i < 3; i++) {
                assertThat(client.request("GET", "/").text()).isEqualTo("ONE TWO");
            }
        }
    }

    @Test
    void aReplyMayBeStreamedInPlaceOfAResponse() {
        HttpFilter instead = new HttpFilter() {
            @Override
            public FilterDecision onResponseHead(Exchange exchange) {
                return new FilterDecision.Reply(streamed(body -> {
                    body.write(Unpooled.copiedBuffer("instead", StandardCharsets.US_ASCII));
                    body.end();
                }));
            }
        };
        try (TestUpstream upstream = TestUpstream.named("a");
                GatewayUnderTest gateway = GatewayUnderTest.to(upstream).filters(TestFilter.of(instead)).start();
                TestClient client = gateway.connect()) {
            for (int i = 0; i < 3; i++) {
                assertThat(client.request("GET", "/").text()).isEqualTo("instead");
            }
        }
    }

    @Test
    void anErrorOfGrpcIsAHeadWithItsStatusAndOneWithTrailersHasThemBehindTheBody() {
        HeaderName status = HeaderName.of("grpc-status");
        LocalReply trailersOnly = new LocalReply(200,
                List.of(Map.entry(HeaderName.CONTENT_TYPE, "application/grpc"), Map.entry(status, "16")), new byte[0], "denied");
        LocalReply trailers = LocalReply.text(200, "message", "denied").withTrailers(List.of(Map.entry(status, "16")));
        for (LocalReply reply : List.of(trailersOnly, trailers)) {
            try (TestUpstream upstream = TestUpstream.named("a");
                    GatewayUnderTest gateway = GatewayUnderTest.to(upstream).filters(TestFilter.of(replying(reply))).start();
                    TestClient client = gateway.connect()) {
                ReceivedResponse response = client.request("GET", "/");
                assertThat(response.status()).isEqualTo(200);
                boolean only = reply == trailersOnly;
                assertThat((only ? response.headers() : response.trailers()).first("grpc-status")).isEqualTo("16");
                assertThat(response.text()).isEqualTo(only ? "" : "message");
                client.assertOpen();
            }
        }
    }
}
