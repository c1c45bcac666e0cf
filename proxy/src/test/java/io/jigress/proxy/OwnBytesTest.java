package io.jigress.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import io.jigress.api.Body;
import io.jigress.api.BodyWriter;
import io.jigress.api.Exchange;
import io.jigress.api.ExchangeKey;
import io.jigress.api.FilterDecision;
import io.jigress.api.FilterInterest;
import io.jigress.api.FilterPhase;
import io.jigress.api.HeaderName;
import io.jigress.api.Headers;
import io.jigress.api.HttpFilter;
import io.jigress.api.JsonReader;
import io.jigress.api.PreparedFilter;
import io.jigress.api.ResponseHead;
import io.jigress.api.FilterFactory;
import io.jigress.api.Services;
import io.jigress.testkit.ReceivedResponse;
import io.jigress.testkit.Reply;
import io.jigress.testkit.TestClient;
import io.jigress.testkit.TestUpstream;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import org.junit.jupiter.api.Test;

/// Filters that send bytes of their own, within callbacks and outside of them, and end bodies.
class OwnBytesTest {
    /// A filter that is created with its services.
    private record Served(String name, Function<Services, HttpFilter> made) implements FilterFactory<Boolean> {
        @Override
        public FilterPhase phase() {
            return FilterPhase.TRANSFORM;
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
        public CompletionStage<PreparedFilter> prepare(Boolean config) {
            return CompletableFuture.completedFuture(made::apply);
        }
    }

    private static ByteBuf bytes(String text) {
        return Unpooled.copiedBuffer(text, StandardCharsets.UTF_8);
    }

    private static ResponseHead response(Exchange exchange) {
        return Objects.requireNonNull(exchange.response());
    }

    /// Turns each event into three: one before it, the event itself, and one that follows by a timer.
    private static final class EventTransformer implements HttpFilter {
        private final Services services;
        private final ExchangeKey<State> key = new ExchangeKey<>("events");

        private static final class State {
            final BodyWriter out;
            int pending;
            boolean ended;

            State(BodyWriter out) {
                this.out = out;
            }
        }

        EventTransformer(Services services) {
            this.services = services;
        }

        @Override
        public FilterDecision onResponseHead(Exchange exchange) {
            exchange.put(key, new State(exchange.takeResponseBody()));
            return FilterDecision.CONTINUE;
        }

        @Override
        public FilterDecision onResponseBody(Exchange exchange, Body body) {
            State state = Objects.requireNonNull(exchange.get(key));
            String text = body.data().toString(StandardCharsets.UTF_8);
            if (!text.isEmpty()) {
                state.out.write(bytes("data: before " + text + "\n\n"));
                body.replace(bytes("data: " + text + "\n\n"));
                state.pending++;
                services.schedule(Duration.ofMillis(20), () -> {
                    state.out.write(bytes("data: after " + text + "\n\n"));
                    state.pending--;
                    end(state);
                });
            }
            if (body.last()) {
                state.ended = true;
                end(state);
            }
            return FilterDecision.CONTINUE;
        }

        private static void end(State state) {
            if (state.ended && state.pending == 0) {
                state.out.end();
            }
        }
    }

    @Test
    void anEventBecomesThreeOneOfThemByATimer() {
        try (TestUpstream upstream = TestUpstream.answering(Reply.ok("one", "content-type: text/event-stream"));
                GatewayUnderTest gateway = GatewayUnderTest.to(upstream).filters(new Served("sse", EventTransformer::new))
                        .start();
                TestClient client = gateway.connect()) {
            for (int i = 0; i < 3; i++) {
                ReceivedResponse response = client.request("GET", "/");
                assertThat(response.text()).isEqualTo("data: before one\n\ndata: one\n\ndata: after one\n\n");
                assertThat(response.headers().first("transfer-encoding")).isEqualTo("chunked");
                assertThat(response.headers().contains("content-length")).isFalse();
            }
            ReceivedResponse head = client.request("HEAD", "/");
            assertThat(head.status()).isEqualTo(200);
            client.assertOpen();
        }
    }

    @Test
    void whatOneFilterSendsPassesThoseBehindIt() {
        HttpFilter upper = new HttpFilter() {
            @Override
            public FilterDecision onResponseBody(Exchange exchange, Body body) {
                body.replace(bytes(body.data().toString(StandardCharsets.UTF_8).toUpperCase(Locale.ROOT)));
                return FilterDecision.CONTINUE;
            }
        };
        HttpFilter holds = new HttpFilter() {
            @Override
            public FilterDecision onResponseHead(Exchange exchange) {
                return FilterDecision.HOLD_HEAD;
            }

            @Override
            public FilterDecision onResponseBody(Exchange exchange, Body body) {
                return body.last() ? FilterDecision.CONTINUE : FilterDecision.HOLD_HEAD;
            }
        };
        // Filters see responses in reverse order: sse, upper, holds.
        FilterFactory<?>[] filters = {new TestFilter("a-holds", FilterPhase.TRANSFORM, holds),
            new TestFilter("b-upper", FilterPhase.TRANSFORM, upper), new Served("c-sse", EventTransformer::new)};
        try (TestUpstream upstream = TestUpstream.answering(Reply.ok("one"));
                GatewayUnderTest gateway = GatewayUnderTest.to(upstream).filters(filters).start();
                TestClient client = gateway.connect()) {
            ReceivedResponse response = client.request("GET", "/");
            String text = "DATA: BEFORE ONE\n\nDATA: ONE\n\nDATA: AFTER ONE\n\n";
            assertThat(response.text()).isEqualTo(text);
            assertThat(response.headers().first("content-length")).isEqualTo(String.valueOf(text.length()));
        }
    }

    /// gRPC-Web: the trailers become the last part of the body (a frame with the flag 0x80).
    private static final class GrpcWeb implements HttpFilter {
        private final ExchangeKey<BodyWriter> key = new ExchangeKey<>("grpc-web");

        @Override
        public FilterDecision onResponseHead(Exchange exchange) {
            response(exchange).headers().set(HeaderName.CONTENT_TYPE, "application/grpc-web+proto");
            exchange.put(key, exchange.takeResponseBody());
            return FilterDecision.CONTINUE;
        }

        @Override
        public FilterDecision onResponseTrailers(Exchange exchange, Headers trailers) {
            byte[] fields = ("grpc-status: " + trailers.first(HeaderName.of("grpc-status")) + "\r\n")
                    .getBytes(StandardCharsets.US_ASCII);
            BodyWriter out = Objects.requireNonNull(exchange.get(key));
            out.write(Unpooled.buffer().writeByte(0x80).writeInt(fields.length).writeBytes(fields));
            out.end();
            return FilterDecision.CONTINUE;
        }

        @Override
        public Set<FilterInterest> interests() {
            return Set.of(FilterInterest.RESPONSE_HEAD, FilterInterest.CHANGE_RESPONSE_BODY, FilterInterest.RESPONSE_TRAILERS);
        }
    }

    @Test
    void trailersBecomeAPartOfTheBody() {
        String answer = Reply.head(200, "content-type: application/grpc", "transfer-encoding: chunked") + "\r\n"
                + Reply.chunk("message") + "0\r\ngrpc-status: 5\r\n\r\n";
        try (TestUpstream upstream = TestUpstream.answering(answer);
                GatewayUnderTest gateway = GatewayUnderTest.to(upstream).filters(TestFilter.of(new GrpcWeb())).start();
                TestClient client = gateway.connect()) {
            for (int i = 0; i < 3; i++) {
                ReceivedResponse response = client.request("POST", "/", new byte[0]);
                assertThat(response.text()).startsWith("message").endsWith("\0\0\0\020grpc-status: 5\r\n");
                assertThat(response.trailers().first("grpc-status")).isNull();
                client.assertOpen();
            }
        }
    }

    @Test
    void aFilterAddsTrailersToABodyThatHasNone() {
        HttpFilter filter = new HttpFilter() {
            @Override
            public FilterDecision onRequestBody(Exchange exchange, Body body) {
                BodyWriter out = exchange.takeRequestBody();
                if (body.last()) {
                    out.write(body.data().retain());
                    body.replace(Unpooled.EMPTY_BUFFER);
                    out.end(List.of(Map.entry(HeaderName.of("x-sum"), "5")));
                }
                return FilterDecision.CONTINUE;
            }
        };
        try (TestUpstream upstream = TestUpstream.named("a");
                GatewayUnderTest gateway = GatewayUnderTest.to(upstream).filters(TestFilter.of(filter)).start();
                TestClient client = gateway.connect()) {
            assertThat(client.request("POST", "/", "hello".getBytes(StandardCharsets.US_ASCII)).status()).isEqualTo(200);
            assertThat(upstream.lastRequest().text()).isEqualTo("hello");
            assertThat(upstream.lastRequest().trailers().first("x-sum")).isEqualTo("5");
        }
    }

    /// Sends as much as the client accepts, and counts how often it was paused.
    private static final class Flood implements HttpFilter {
        static final int TOTAL = 32 * 1024 * 1024;
        final AtomicLong stops = new AtomicLong();
        final CountDownLatch stopped = new CountDownLatch(1);
        private final boolean heeds;

        Flood(boolean heeds) {
            this.heeds = heeds;
        }

        @Override
        public FilterDecision onResponseBody(Exchange exchange, Body body) {
            if (body.last()) {
                BodyWriter out = exchange.takeResponseBody();
                long[] sent = {0};
                out.onWritable(() -> send(out, sent));
                send(out, sent);
            }
            body.replace(Unpooled.EMPTY_BUFFER);
            return FilterDecision.CONTINUE;
        }

        private void send(BodyWriter out, long[] sent) {
            while (sent[0] < TOTAL) {
                if (!out.writable()) {
                    stops.incrementAndGet();
                    stopped.countDown();
                    if (heeds) {
                        return;
                    }
                }
                if (!out.write(Unpooled.buffer(16 * 1024).writeZero(16 * 1024))) {
                    return;
                }
                sent[0] += 16 * 1024;
            }
            out.end();
        }
    }

    @Test
    void aFilterIsToldWhenTheClientTakesNoMoreAndWhenItDoesAgain() throws InterruptedException {
        Flood flood = new Flood(true);
        try (TestUpstream upstream = TestUpstream.named("a");
                GatewayUnderTest gateway = GatewayUnderTest.to(upstream).filters(TestFilter.of(flood)).start();
                TestClient client = gateway.connect()) {
            client.send(TestClient.head("GET", "/") + "\r\n");
            assertThat(flood.stopped.await(10, TimeUnit.SECONDS)).isTrue();
            assertThat(client.readResponse().body()).hasSize(Flood.TOTAL);
            assertThat(flood.stops.get()).isGreaterThan(1);
            client.assertOpen();
        }
    }

    @Test
    void aFilterThatSendsWithoutEndThoughNobodyTakesItEndsItsExchange() {
        Flood flood = new Flood(false);
        try (TestUpstream upstream = TestUpstream.named("a");
                GatewayUnderTest gateway = GatewayUnderTest.to(upstream).filters(TestFilter.of(flood)).start();
                TestClient client = gateway.connect()) {
            client.send(TestClient.head("GET", "/") + "\r\n");
            client.assertClosed();
        }
    }

    @Test
    void aFilterThatOnlyReadsBodiesCannotTakeThem() {
        HttpFilter filter = new HttpFilter() {
            @Override
            public FilterDecision onResponseHead(Exchange exchange) {
                exchange.takeResponseBody();
                return FilterDecision.CONTINUE;
            }
        };
        try (TestUpstream upstream = TestUpstream.named("a");
                GatewayUnderTest gateway = GatewayUnderTest.to(upstream).filters(TestFilter.of(filter)).start();
                TestClient client = gateway.connect()) {
            assertThat(client.request("GET", "/").status()).isEqualTo(500);
        }
    }
}
