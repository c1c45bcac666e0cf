package io.jigress.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import io.jigress.api.CallLimits;
import io.jigress.api.CallRequest;
import io.jigress.api.CallResult;
import io.jigress.api.FilterDecision;
import io.jigress.api.HeaderName;
import io.jigress.api.LocalReply;
import io.jigress.api.ProxyFailure.Kind;
import io.jigress.api.ResponseHead;
import io.jigress.api.Resumption;
import io.jigress.api.Services;
import io.jigress.api.UpstreamCall;
import io.jigress.config.ConnectionLimits;
import io.jigress.config.GatewayConfig;
import io.jigress.proxy.call.FilterLimits;
import io.jigress.testkit.HeaderList;
import io.jigress.testkit.ReceivedRequest;
import io.jigress.testkit.Reply;
import io.jigress.testkit.TestClient;
import io.jigress.testkit.TestUpstream;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/// Calls of filters to clusters of the configuration.
@ExtendWith(NoLeaks.class)
@Timeout(60)
class CallersTest {
    private static final CallLimits SOON = CallLimits.within(Duration.ofSeconds(10));
    private static final HeaderName USER = HeaderName.of("x-user");

    private static ByteBuf bytes(String text) {
        return Unpooled.copiedBuffer(text, StandardCharsets.ISO_8859_1);
    }

    /// Asks the cluster `auth` whether a request may pass.
    private static FilterDecision authorize(Services services, io.jigress.api.Exchange exchange) {
        Resumption resumption = exchange.suspend(Duration.ofSeconds(20), new FilterDecision.Reply(LocalReply.of(504, "late")));
        CallRequest request = CallRequest.of("POST", "auth.example", "/check?of=" + exchange.request().path().substring(1))
                .with(USER, "7");
        services.callers().unary("auth", request, bytes(exchange.request().target()), SOON, 100,
                result -> resumption.resume(decide(result)));
        return new FilterDecision.Wait(resumption);
    }

    private static FilterDecision decide(CallResult result) {
        return switch (result) {
            case CallResult.Response(ResponseHead head, ByteBuf body, _) when head.status() == 200 -> body.readableBytes() == 0
                    ? FilterDecision.CONTINUE
                    : new FilterDecision.Reply(LocalReply.text(200, body.toString(StandardCharsets.UTF_8), "told"));
            case CallResult.Response(ResponseHead head, _, _) -> new FilterDecision.Reply(LocalReply.of(head.status(), "denied"));
            case CallResult.Failed(io.jigress.api.ProxyFailure failure) ->
                new FilterDecision.Reply(LocalReply.of(503, failure.detail()));
        };
    }

    private static GatewayUnderTest.Setup authorizing(TestUpstream upstream, InetSocketAddress... auth) {
        return GatewayUnderTest.to(upstream).cluster("auth", auth).filters(StepFilter.each(CallersTest::authorize));
    }

    @Test
    void aFilterAsksAClusterThatNoRouteUses() {
        try (TestUpstream upstream = TestUpstream.named("a");
                TestUpstream auth = TestUpstream.answering(Reply.of(200, ""));
                GatewayUnderTest gateway = authorizing(upstream, auth.address()).start();
                TestClient client = gateway.connect()) {
            for (int i = 0; i < 3; i++) {
                assertThat(client.request("GET", "/good").text()).isEqualTo("a");
            }
            ReceivedRequest asked = auth.lastRequest();
            assertThat(asked.method()).isEqualTo("POST");
            assertThat(asked.target()).isEqualTo("/check?of=good");
            assertThat(asked.text()).isEqualTo("/good");
            assertThat(asked.headers().list()).extracting(Object::toString).containsExactlyInAnyOrder("host: auth.example",
                    "x-user: 7", "content-length: 5");
            assertThat(auth.connectionsOpened()).isOne();

            auth.handler(call -> {
                call.request();
                call.write(Reply.of(403, "no"));
            });
            assertThat(client.request("GET", "/bad").status()).isEqualTo(403);
            assertThat(upstream.requests()).hasSize(3);
            assertThat(gateway.metric("jigress_upstream_attempts_total{cluster=\"Backend test/auth\"}")).isEqualTo(4);
            assertThat(gateway.metric("jigress_upstream_duration_seconds_count{cluster=\"Backend test/auth\"}")).isEqualTo(4);
        }
    }

    @Test
    void aCallWithoutABodyHasNoFraming() {
        try (TestUpstream upstream = TestUpstream.named("a");
                TestUpstream other = TestUpstream.answering(Reply.ok("told", "x-a: 1"));
                GatewayUnderTest gateway = GatewayUnderTest.to(upstream).cluster("auth", other.address())
                        .filters(StepFilter.each((services, exchange) -> {
                            Resumption resumption = exchange.suspend(Duration.ofSeconds(20), FilterDecision.CONTINUE);
                            services.callers().unary("auth", CallRequest.copyOf(exchange.request()), Unpooled.EMPTY_BUFFER, SOON,
                                    100,
                                    result -> resumption.resume(decide(result)));
                            return new FilterDecision.Wait(resumption);
                        })).start()) {
            assertThat(TestClient.get(gateway.port(), "/x?y", "host: shop.example", "x-b: 2", "connection: x-c", "x-c: 3").text())
                    .isEqualTo("told");
            ReceivedRequest asked = other.lastRequest();
            assertThat(asked.target()).isEqualTo("/x?y");
            assertThat(asked.headers().all("host")).containsExactly("shop.example");
            assertThat(asked.headers().all("x-b")).containsExactly("2");
            assertThat(asked.headers().contains("x-c")).isFalse();
            assertThat(asked.headers().contains("content-length")).isFalse();
            assertThat(asked.headers().contains("transfer-encoding")).isFalse();
        }
    }

    @Test
    void aCallStreamsBothWays() throws InterruptedException {
        EventSink sink = new EventSink();
        BlockingQueue<UpstreamCall> opened = new LinkedBlockingQueue<>();
        CountDownLatch halfSent = new CountDownLatch(1);
        try (TestUpstream upstream = TestUpstream.named("a");
                TestUpstream other = TestUpstream.start(call -> {
                    call.write(Reply.head(200, "transfer-encoding: chunked", "trailer: x-sum") + "\r\n" + Reply.chunk("one"));
                    call.await(halfSent);
                    ReceivedRequest request = call.request();
                    call.write(Reply.chunk(request.text()) + "0\r\nx-sum: " + request.trailers().first("x-sum") + "\r\n\r\n");
                });
                GatewayUnderTest gateway = GatewayUnderTest.to(upstream).cluster("other", other.address())
                        .filters(StepFilter.each((services, exchange) -> {
                            if (exchange.request().path().equals("/open")) {
                                UpstreamCall call = services.callers().http("other", CallRequest.of("POST", "other", "/"), false,
                                        SOON, sink);
                                call.body(bytes("hel"), false);
                                opened.add(call);
                            } else {
                                UpstreamCall call = java.util.Objects.requireNonNull(opened.poll());
                                call.body(bytes("lo"), false);
                                call.trailers(HeaderList.of("x-sum: 5"));
                                call.body(bytes("nothing follows the end"), true);
                            }
                            return FilterDecision.CONTINUE;
                        })).start();
                TestClient client = gateway.connect()) {
            client.request("GET", "/open");
            assertThat(sink.next()).isEqualTo("head 200");
            assertThat(sink.next()).isEqualTo("body one");
            client.request("GET", "/end");
            halfSent.countDown();
            assertThat(sink.next()).isEqualTo("body hello");
            assertThat(sink.next()).isEqualTo("trailers x-sum: 5");
            assertThat(other.lastRequest().headers().first("transfer-encoding")).isEqualTo("chunked");
            gateway.awaitMetric("jigress_pool_connections_idle{loop=\"0\"}", 2);
            assertThat(sink.isSilent()).isTrue();
        }
    }

    @Test
    void backpressureIsToldAndObserved() {
        int total = 8 << 20;
        AtomicInteger received = new AtomicInteger();
        CountDownLatch read = new CountDownLatch(1);
        BlockingQueue<String> ended = new LinkedBlockingQueue<>();
        try (TestUpstream upstream = TestUpstream.named("a");
                TestUpstream other = TestUpstream.start(call -> {
                    call.await(read);
                    call.write(Reply.ok(String.valueOf(call.request().body().length)));
                });
                GatewayUnderTest gateway = GatewayUnderTest.to(upstream).cluster("other", other.address())
                        .filters(StepFilter.each((services, exchange) -> {
                            new Object() {
                                private int left = total;
                                private UpstreamCall call = services.callers().http("other",
                                        CallRequest.of("PUT", "other", "/").contentLength(total), false, SOON, new EventSink() {
                                            @Override
                                            public void writable() {
                                                send();
                                            }

                                            @Override
                                            public void body(ByteBuf data, boolean last) {
                                                ended.add(data.toString(StandardCharsets.ISO_8859_1));
                                                data.release();
                                            }
                                        });

                                void send() {
                                    while (left > 0 && call.writable()) {
                                        left -= 16 * 1024;
                                        call.body(Unpooled.wrappedBuffer(new byte[16 * 1024]), left == 0);
                                    }
                                    received.set(total - left);
                                }
                            }.send();
                            return FilterDecision.CONTINUE;
                        })).start()) {
            assertThat(TestClient.get(gateway.port(), "/").status()).isEqualTo(200);
            assertThat(received.get()).as("sent before there is a connection").isBetween(1, 2 << 20);
            read.countDown();
            assertThat(take(ended)).isEqualTo(String.valueOf(total));
        }
    }

    private static <T> T take(BlockingQueue<T> queue) {
        try {
            T next = queue.poll(10, TimeUnit.SECONDS);
            assertThat(next).isNotNull();
            return next;
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    /// The events of a streaming call that a filter makes for a request.
    private static GatewayUnderTest.Setup calling(TestUpstream upstream, EventSink sink, CallLimits limits) {
        return GatewayUnderTest.to(upstream).filters(StepFilter.each((services, exchange) -> {
            services.callers().http("other", CallRequest.of("GET", "other", "/"), true, limits, sink);
            // Never within the method that opens the call.
            assertThat(sink.isSilent()).isTrue();
            return FilterDecision.CONTINUE;
        }));
    }

    @Test
    void aClusterIsLookedUpForEachCall() {
        EventSink sink = new EventSink();
        try (TestUpstream upstream = TestUpstream.named("a");
                TestUpstream one = TestUpstream.named("one");
                TestUpstream two = TestUpstream.named("two");
                GatewayUnderTest gateway = calling(upstream, sink, SOON).start();
                TestClient client = gateway.connect()) {
            client.request("GET", "/");
            assertThat(sink.next()).isEqualTo("failed NO_CLUSTER no_cluster");
            gateway.apply(GatewayUnderTest.cluster("other", ConnectionLimits.DEFAULT, one.address()));
            client.request("GET", "/");
            assertThat(List.of(sink.next(), sink.next())).containsExactly("head 200", "body one last");
            gateway.apply(GatewayUnderTest.cluster("other", ConnectionLimits.DEFAULT, two.address()));
            client.request("GET", "/");
            assertThat(List.of(sink.next(), sink.next())).containsExactly("head 200", "body two last");
            gateway.apply(config -> new GatewayConfig(config.listeners(), config.clusters().without("other")));
            client.request("GET", "/");
            assertThat(sink.next()).isEqualTo("failed NO_CLUSTER no_cluster");
        }
    }

    @Test
    void aCallEndsAtItsDeadlineAndWhatComesLateReachesNobody() {
        EventSink sink = new EventSink();
        CountDownLatch late = new CountDownLatch(1);
        try (TestUpstream upstream = TestUpstream.named("a");
                TestUpstream other = TestUpstream.start(call -> {
                    call.request();
                    call.await(late).write(Reply.ok("late"));
                });
                GatewayUnderTest gateway = calling(upstream, sink, CallLimits.within(Duration.ofMillis(50)))
                        .cluster("other", other.address()).start()) {
            TestClient.get(gateway.port(), "/");
            assertThat(sink.next()).isEqualTo("failed UPSTREAM_TIMEOUT request_timeout");
            late.countDown();
            other.awaitClosed();
            assertThat(sink.isSilent()).isTrue();
            assertThat(gateway.metric(
                    "jigress_upstream_failures_total{cluster=\"Backend test/other\",kind=\"upstream_timeout\"}")).isOne();
        }
    }

    @Test
    void aSilentPeerEndsACallThatMayNotRest() {
        EventSink sink = new EventSink();
        CountDownLatch end = new CountDownLatch(1);
        try (TestUpstream upstream = TestUpstream.named("a");
                TestUpstream other = TestUpstream.start(call -> {
                    call.request();
                    call.write(Reply.head(200, "content-length: 10") + "\r\nhalf").await(end);
                });
                GatewayUnderTest gateway = calling(upstream, sink, new CallLimits(Duration.ZERO, null, Duration.ofMillis(50)))
                        .cluster("other", other.address()).start()) {
            TestClient.get(gateway.port(), "/");
            assertThat(List.of(sink.next(), sink.next(), sink.next())).containsExactly("head 200", "body half",
                    "failed UPSTREAM_TIMEOUT silence_timeout");
            end.countDown();
        }
    }

    @Test
    void anEndpointThatIsDownCostsNoCall() throws IOException {
        EventSink sink = new EventSink();
        try (TestUpstream upstream = TestUpstream.named("a");
                TestUpstream other = TestUpstream.named("other");
                ClosedPort gone = new ClosedPort();
                GatewayUnderTest gateway = calling(upstream, sink, SOON).cluster("other", gone.address(), other.address())
                        .start();
                TestClient client = gateway.connect()) {
            for (int i = 0; i < 20; i++) {
                client.request("GET", "/");
                assertThat(List.of(sink.next(), sink.next())).containsExactly("head 200", "body other last");
            }
            assertThat(gateway.metric(
                    "jigress_upstream_failures_total{cluster=\"Backend test/other\",kind=\"connect_failed\"}")).isEqualTo(5);
            assertThat(gateway.metric(
                    "jigress_endpoint_ejections_total{cluster=\"Backend test/other\",reason=\"connect_failed\"}")).isOne();
        }
    }

    @Test
    void aLongResponseFailsAUnaryCall() {
        try (TestUpstream upstream = TestUpstream.named("a");
                TestUpstream auth = TestUpstream.answering(Reply.ok("x".repeat(101)));
                GatewayUnderTest gateway = authorizing(upstream, auth.address()).accessLog().start();
                TestClient client = gateway.connect()) {
            assertThat(client.request("GET", "/declared").status()).isEqualTo(503);
            auth.handler(call -> {
                call.request();
                call.write(Reply.chunked(200, "x".repeat(60), "x".repeat(60)));
            });
            assertThat(client.request("GET", "/chunked").status()).isEqualTo(503);
            auth.handler(call -> {
                call.request();
                call.write(Reply.chunked(200, "x".repeat(60), "x".repeat(40)));
            });
            assertThat(client.request("GET", "/fits").text()).hasSize(100);
            assertThat(gateway.closeAndReadLog()).filteredOn(line -> line.contains("response_over_limit")).hasSize(2);
        }
    }

    @Test
    void oneCallBeyondTheLimitIsRefused() {
        EventSink sink = new EventSink();
        CountDownLatch end = new CountDownLatch(1);
        try (TestUpstream upstream = TestUpstream.named("a");
                TestUpstream other = TestUpstream.start(call -> {
                    call.request();
                    call.await(end).write(Reply.of(204, ""));
                });
                GatewayUnderTest gateway = calling(upstream, sink, SOON).cluster("other", other.address())
                        .filterLimits(new FilterLimits(2, 10)).start();
                TestClient client = gateway.connect()) {
            for (int i = 0; i < 3; i++) {
                client.request("GET", "/");
            }
            assertThat(sink.next()).isEqualTo("failed OVERLOADED too_many_calls");
            end.countDown();
            assertThat(List.of(sink.next(), sink.next())).containsExactly("head 204 last", "head 204 last");
            client.request("GET", "/");
            assertThat(sink.next()).isEqualTo("head 204 last");
        }
    }

    @Test
    void aFilterThatIgnoresBackpressureFailsItsCall() {
        EventSink sink = new EventSink();
        try (TestUpstream upstream = TestUpstream.named("a");
                TestUpstream other = TestUpstream.named("other");
                GatewayUnderTest gateway = GatewayUnderTest.to(upstream).cluster("other", other.address())
                        .filters(StepFilter.each((services, exchange) -> {
                            UpstreamCall call = services.callers().http("other", CallRequest.of("PUT", "other", "/"), false, SOON,
                                    sink);
                            for (int i = 0; i < 200; i++) {
                                call.body(Unpooled.wrappedBuffer(new byte[64 * 1024]), false);
                            }
                            return FilterDecision.CONTINUE;
                        })).start()) {
            assertThat(TestClient.get(gateway.port(), "/").status()).isEqualTo(200);
            assertThat(sink.next()).isEqualTo("failed FILTER_ERROR backpressure_ignored");
        }
    }

    @Test
    void aSinkThatThrowsCostsItsCallOnly() {
        BlockingQueue<String> told = new LinkedBlockingQueue<>();
        try (TestUpstream upstream = TestUpstream.named("a");
                TestUpstream other = TestUpstream.named("other");
                GatewayUnderTest gateway = GatewayUnderTest.to(upstream).cluster("other", other.address())
                        .filters(StepFilter.each((services, exchange) -> {
                            services.callers().http("other", CallRequest.of("GET", "other", "/"), true, SOON, new EventSink() {
                                @Override
                                public void head(ResponseHead head, boolean last) {
                                    told.add("head");
                                    throw new IllegalStateException("a bug that this test wants");
                                }

                                @Override
                                public void failed(io.jigress.api.ProxyFailure failure) {
                                    told.add("failed");
                                }
                            });
                            return FilterDecision.CONTINUE;
                        })).start();
                TestClient client = gateway.connect()) {
            for (int i = 0; i < 3; i++) {
                assertThat(client.request("GET", "/").status()).isEqualTo(200);
                assertThat(take(told)).isEqualTo("head");
                gateway.awaitMetric("jigress_pool_connections_open{loop=\"0\"}", 1);
            }
            assertThat(told).isEmpty();
        }
    }

    @Test
    void aFilterThatIsClosedHearsNothingMore() {
        EventSink sink = new EventSink();
        CountDownLatch end = new CountDownLatch(1);
        try (TestUpstream upstream = TestUpstream.named("a");
                TestUpstream other = TestUpstream.start(call -> {
                    call.request();
                    call.write(Reply.head(200, "content-length: 10") + "\r\nhalf").await(end);
                });
                GatewayUnderTest gateway = calling(upstream, sink, SOON).cluster("other", other.address()).start()) {
            TestClient.get(gateway.port(), "/");
            assertThat(List.of(sink.next(), sink.next())).containsExactly("head 200", "body half");
            gateway.shut();
            assertThat(sink.isSilent()).isTrue();
            end.countDown();
            other.awaitClosed();
        }
    }

    @Test
    void whatCouldSplitAMessageIsRefused() {
        for (String target : new String[] {"/a b", "/a\r\nx: y", "a", "/#", "/\u00e9", ""}) {
            org.assertj.core.api.Assertions.assertThatThrownBy(() -> CallRequest.of("GET", "a", target)).as(target)
                    .isInstanceOf(IllegalArgumentException.class).hasMessageContaining("expected");
        }
        for (String authority : new String[] {"", "a b", "a/b", "a\r\nb", "u@a"}) {
            org.assertj.core.api.Assertions.assertThatThrownBy(() -> CallRequest.of("GET", authority, "/")).as(authority)
                    .isInstanceOf(IllegalArgumentException.class).hasMessageContaining("expected");
        }
        org.assertj.core.api.Assertions.assertThatThrownBy(() -> CallRequest.of("GET /", "a", "/"))
                .isInstanceOf(IllegalArgumentException.class);
        assertThat(Kind.NO_CLUSTER.status()).isEqualTo(500);
    }
}
