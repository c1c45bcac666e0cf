package io.jigress.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import io.jigress.api.Body;
import io.jigress.api.Exchange;
import io.jigress.api.FilterDecision;
import io.jigress.api.HeaderName;
import io.jigress.api.Headers;
import io.jigress.api.HttpFilter;
import io.jigress.api.LocalReply;
import io.jigress.api.ResponseHead;
import io.jigress.api.Resumption;
import io.jigress.config.RouteAction;
import io.jigress.proxy.http2.Http2TestClient;
import io.jigress.proxy.http2.Http2TestClient.Call;
import io.jigress.proxy.http2.Http2TestClient.Response;
import io.jigress.proxy.telemetry.AccessLogSettings;
import io.jigress.testkit.ReceivedRequest;
import io.jigress.testkit.Reply;
import io.jigress.testkit.ServerCall;
import io.jigress.testkit.TestUpstream;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http2.Http2Error;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/// Exchanges whose client speaks HTTP/2: the code above the codec behaves as with HTTP/1.
@ExtendWith(NoLeaks.class)
@Timeout(60)
class Http2ContractTest {
    private static final HeaderName SEEN = HeaderName.of("x-seen");
    private static final int WINDOW = 65_535;
    private static final int PART = 1 << 16;
    /// The most that the kernel's four socket buffers hold, by Linux' defaults (4 MiB to send, 6 MiB to receive), and what the gateway
    /// may buffer.
    private static final long BETWEEN_BYTES = 28L << 20;

    private static Http2Gateway gateway(TestUpstream upstream, HttpFilter... filters) {
        GatewayUnderTest.Setup setup = GatewayUnderTest.to(upstream);
        return (filters.length == 0 ? setup : setup.filters(TestFilter.of(filters[0]))).startHttp2();
    }

    // ---- heads

    @Test
    void aGetGoesToAnHttp1UpstreamAndItsResponseComesBack() {
        try (TestUpstream upstream = TestUpstream.answering(Reply.ok("hello", "X-Upstream: a"));
                Http2Gateway gateway = gateway(upstream);
                Http2TestClient client = gateway.connect()) {
            for (int i = 0; i < 3; i++) {
                Response response = client.get("/a/b?c=d", "x-mine: 1", "cookie: a=1", "cookie: b=2", "te: trailers").response();
                assertThat(response.status()).isEqualTo(200);
                assertThat(response.body()).isEqualTo("hello");
                assertThat(response.headers().names()).containsExactlyInAnyOrder("x-upstream", "date", "content-length");
                ReceivedRequest seen = upstream.lastRequest();
                assertThat(seen.method() + " " + seen.target() + " " + seen.version()).isEqualTo("GET /a/b?c=d HTTP/1.1");
                assertThat(seen.headers().all("host")).containsExactly(client.authority());
                assertThat(seen.headers().first("x-mine")).isEqualTo("1");
                assertThat(seen.headers().all("cookie")).containsExactly("a=1; b=2");
                assertThat(seen.headers().first("x-forwarded-for")).isEqualTo("127.0.0.1");
                assertThat(seen.headers().first("x-forwarded-proto")).isEqualTo("http");
                assertThat(seen.headers().first("x-forwarded-host")).isEqualTo(client.authority());
                assertThat(seen.headers().first("x-forwarded-port")).isEqualTo(String.valueOf(gateway.port()));
                assertThat(seen.headers().first("x-request-id")).hasSize(32);
                assertThat(seen.headers().names()).doesNotContain("content-length", "transfer-encoding", "te");
            }
            assertThat(upstream.connectionsOpened()).isEqualTo(1);
        }
    }

    @Test
    void fieldsOfTheUpstreamsConnectionDoNotPass() {
        try (TestUpstream upstream = TestUpstream
                .answering(Reply.ok("x", "connection: keep-alive, x-hop", "keep-alive: timeout=5",
                        "x-hop: 1", "proxy-connection: keep-alive", "upgrade: h2c", "x-end: 1"));
                Http2Gateway gateway = gateway(upstream);
                Http2TestClient client = gateway.connect()) {
            assertThat(client.get("/").response().headers().names()).containsExactlyInAnyOrder("x-end", "date", "content-length");
        }
    }

    @Test
    void responsesToHeadAndWith204HaveNoBody() {
        try (TestUpstream upstream = TestUpstream.start(call -> {
            call.request();
            call.write(call.method().equals("HEAD") ? Reply.head(200, "content-length: 5") + "\r\n" : Reply.head(204) + "\r\n");
        }); Http2Gateway gateway = gateway(upstream); Http2TestClient client = gateway.connect()) {
            Response head = client.request("HEAD", "/", true).response();
            assertThat(head.status()).isEqualTo(200);
            assertThat(head.headers().first("content-length")).isEqualTo("5");
            assertThat(head.body()).isEmpty();
            Response none = client.request("DELETE", "/", true).response();
            assertThat(none.status()).isEqualTo(204);
            assertThat(none.headers().names()).doesNotContain("content-length");
            assertThat(upstream.connectionsOpened()).isEqualTo(1);
        }
    }

    @Test
    void informationalResponsesPass() {
        try (TestUpstream upstream = TestUpstream.start(call -> {
            call.write(Reply.head(100) + "\r\n");
            call.request();
            call.write(Reply.head(103, "link: </a>") + "\r\n").write(Reply.ok("done"));
        }); Http2Gateway gateway = gateway(upstream); Http2TestClient client = gateway.connect()) {
            Response response = client.post("/", "expect: 100-continue").send("x", true).response();
            assertThat(response.informational()).containsExactly(100, 103);
            assertThat(response.body()).isEqualTo("done");
            assertThat(upstream.lastRequest().headers().first("expect")).isEqualTo("100-continue");
        }
    }

    @Test
    void aMalformedRequestCostsItsStreamOnly() {
        try (TestUpstream upstream = TestUpstream.named("a");
                Http2Gateway gateway = gateway(upstream);
                Http2TestClient client = gateway.connect()) {
            assertThat(client.get("no-slash").awaitReset()).isEqualTo(Http2Error.PROTOCOL_ERROR);
            assertThat(client.get("/#fragment").awaitReset()).isEqualTo(Http2Error.PROTOCOL_ERROR);
            assertThat(client.get("/").response().status()).isEqualTo(200);
            assertThat(upstream.requests()).hasSize(1);
        }
    }

    // ---- bodies

    @Test
    void aPostStreamsBothWays() {
        try (TestUpstream upstream = TestUpstream.start(call -> {
            assertThat(call.readRaw("5\r\nhello\r\n".length())).isEqualTo("5\r\nhello\r\n");
            call.write(Reply.head(200, "transfer-encoding: chunked") + "\r\n" + Reply.chunk("one"));
            assertThat(call.readRaw("5\r\nworld\r\n0\r\n\r\n".length())).isEqualTo("5\r\nworld\r\n0\r\n\r\n");
            call.write(Reply.chunk("two") + "0\r\n\r\n").close();
        }); Http2Gateway gateway = gateway(upstream); Http2TestClient client = gateway.connect()) {
            Call call = client.post("/").send("hello");
            assertThat(call.awaitHead()).isEqualTo(200);
            GatewayUnderTest.await(() -> call.received() == 3, () -> "the first part");
            Response response = call.send("world", true).response();
            assertThat(response.body()).isEqualTo("onetwo");
            assertThat(response.headers().names()).doesNotContain("content-length", "transfer-encoding");
            assertThat(upstream.faults()).isEmpty();
        }
    }

    @Test
    void aDeclaredLengthStaysTheFraming() {
        try (TestUpstream upstream = TestUpstream.named("a");
                Http2Gateway gateway = gateway(upstream);
                Http2TestClient client = gateway.connect()) {
            client.post("/", "content-length: 10").send("hello").send("world", true).response();
            assertThat(upstream.lastRequest().text()).isEqualTo("helloworld");
            assertThat(upstream.lastRequest().headers().all("content-length")).containsExactly("10");
            assertThat(upstream.lastRequest().headers().contains("transfer-encoding")).isFalse();
            client.request("POST", "/", true).response();
            assertThat(upstream.lastRequest().headers().all("content-length")).containsExactly("0");
        }
    }

    @Test
    void aResponseThatItsConnectionEndsIsWholeAndACutOneIsNot() {
        try (TestUpstream upstream = TestUpstream.start(call -> {
            call.request();
            call.write(Reply.head(200, call.target().equals("/cut") ? "content-length: 10" : "x-a: 1") + "\r\nhello").close();
        }); Http2Gateway gateway = gateway(upstream); Http2TestClient client = gateway.connect()) {
            assertThat(client.get("/").response().body()).isEqualTo("hello");
            Call cut = client.get("/cut");
            assertThat(cut.awaitReset()).isEqualTo(Http2Error.INTERNAL_ERROR);
            assertThat(cut.awaitHead()).isEqualTo(200);
            assertThat(client.ended()).doesNotContain(cut);
            assertThat(client.get("/").response().body()).isEqualTo("hello");
        }
    }

    @Test
    void trailersPassBothWays() {
        try (TestUpstream upstream = TestUpstream.start(call -> {
            call.request();
            call.write(Reply.head(200, "transfer-encoding: chunked") + "\r\n" + Reply.chunk("body") + "0\r\nX-Sum: 42\r\n\r\n");
        }); Http2Gateway gateway = gateway(upstream); Http2TestClient client = gateway.connect()) {
            Response response = client.post("/").send("hello").trailers("x-check: 17").response();
            assertThat(response.body()).isEqualTo("body");
            assertThat(response.trailers().first("x-sum")).isEqualTo("42");
            ReceivedRequest seen = upstream.lastRequest();
            assertThat(seen.text()).isEqualTo("hello");
            assertThat(seen.trailers().first("x-check")).isEqualTo("17");
        }
    }

    @Test
    void aResponseThatComesBeforeTheRequestHasEndedStopsTheRequest() {
        try (TestUpstream upstream = TestUpstream.named("a");
                Http2Gateway gateway = GatewayUnderTest.setup().route(GatewayUnderTest.forward("one", "/one", "up"))
                        .cluster("up", upstream.address()).startHttp2();
                Http2TestClient client = gateway.connect()) {
            Call call = client.post("/nobody").send("x");
            assertThat(call.response().status()).isEqualTo(404);
            assertThat(call.awaitReset()).isEqualTo(Http2Error.NO_ERROR);
            assertThat(client.get("/one").response().status()).isEqualTo(200);
        }
    }

    // ---- many streams

    @Test
    void streamsOfOneConnectionAreAnsweredInAnyOrder() {
        int count = 50;
        Map<String, CountDownLatch> latches = new ConcurrentHashMap<>();
        for (int i = 0; i < count; i++) {
            latches.put("/" + i, new CountDownLatch(1));
        }
        try (TestUpstream upstream = TestUpstream.start(call -> {
            call.request();
            call.await(Objects.requireNonNull(latches.get(call.target()))).write(Reply.ok("for " + call.target()));
        }); Http2Gateway gateway = gateway(upstream); Http2TestClient client = gateway.connect()) {
            List<Call> calls = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                calls.add(client.get("/" + i));
            }
            upstream.awaitRequests(count);
            for (int i = count - 1; i >= 0; i--) {
                Objects.requireNonNull(latches.get("/" + i)).countDown();
                assertThat(calls.get(i).response().body()).isEqualTo("for /" + i);
            }
            assertThat(client.ended()).containsExactlyElementsOf(calls.reversed());
        }
    }

    @Test
    void aResetStreamCancelsItsRequestAndNoOther() {
        CountDownLatch mayAnswer = new CountDownLatch(1);
        CompletableFuture<String> cancelled = new CompletableFuture<>();
        try (TestUpstream upstream = TestUpstream.start(call -> {
            if (call.target().equals("/cancelled")) {
                cancelled.complete(call.awaitClosedByPeer());
            } else {
                call.request();
                call.await(mayAnswer).write(Reply.ok("fine"));
            }
        }); Http2Gateway gateway = gateway(upstream); Http2TestClient client = gateway.connect()) {
            Call other = client.get("/other");
            Call call = client.post("/cancelled").send("x");
            upstream.awaitHeads(2);
            call.cancel();
            assertThat(cancelled.orTimeout(10, TimeUnit.SECONDS).join()).isEqualTo("1\r\nx\r\n");
            mayAnswer.countDown();
            assertThat(other.response().body()).isEqualTo("fine");
        }
    }

    @Test
    void aClientThatGoesAwayCancelsAllItsRequests() {
        try (TestUpstream upstream = TestUpstream.start(ServerCall::awaitClosedByPeer);
                Http2Gateway gateway = gateway(upstream)) {
            try (Http2TestClient client = gateway.connect()) {
                client.get("/a");
                client.get("/b");
                upstream.awaitConnectionsOpen(2);
                upstream.awaitHeads(2);
            }
            upstream.awaitClosed();
        }
    }

    // ---- flow control

    @Test
    void aSlowReaderOfOneStreamSlowsDownItsUpstreamOnly() {
        AtomicLong written = new AtomicLong();
        try (TestUpstream upstream = TestUpstream.start(call -> {
            call.request();
            if (call.target().equals("/fast")) {
                call.write(Reply.ok("fast"));
                return;
            }
            int parts = 512;
            call.write(Reply.head(200, "content-length: " + (long) PART * parts) + "\r\n");
            for (int i = 0; i < parts; i++) {
                call.write("x".repeat(PART));
                written.addAndGet(PART);
            }
        }); Http2Gateway gateway = gateway(upstream); Http2TestClient client = gateway.connect()) {
            Call slow = client.post("/slow").pause().send("", true);
            slow.awaitHead();
            standsStill(written::get);
            assertThat(written).hasValueLessThan(BETWEEN_BYTES);
            assertThat(slow.received()).isEqualTo(WINDOW);
            assertThat(client.get("/fast").response().body()).isEqualTo("fast");
            slow.resume();
            assertThat(slow.response().body()).hasSize(PART * 512);
        }
    }

    @Test
    void aSlowUpstreamSlowsDownTheStreamThatSendsToItOnly() {
        CountDownLatch mayRead = new CountDownLatch(1);
        int parts = 512;
        try (TestUpstream upstream = TestUpstream.start(call -> {
            if (call.target().equals("/slow")) {
                call.await(mayRead);
            }
            call.write(Reply.ok(String.valueOf(call.request().body().length)));
        }); Http2Gateway gateway = gateway(upstream); Http2TestClient client = gateway.connect()) {
            Call slow = client.post("/slow");
            String part = "x".repeat(PART);
            for (int i = 0; i < parts; i++) {
                slow.send(part, i == parts - 1);
            }
            upstream.awaitHeads(1);
            standsStill(slow::sent);
            assertThat(slow.sent()).isLessThan(BETWEEN_BYTES);
            assertThat(client.post("/fast").send(part, true).response().body()).isEqualTo(String.valueOf(PART));
            mayRead.countDown();
            assertThat(slow.response().body()).isEqualTo(String.valueOf(PART * parts));
        }
    }

    /// Waits until nothing has been sent for a while.
    private static void standsStill(LongSupplier sent) {
        long last = -1;
        int rounds = 0;
        while (rounds < 20) {
            LockSupport.parkNanos(10_000_000);
            long now = sent.getAsLong();
            rounds = now == last ? rounds + 1 : 0;
            last = now;
        }
    }

    // ---- filters and routes

    @Test
    void filtersEditHeadsBodiesAndTrailersOfBothSides() {
        HttpFilter filter = new HttpFilter() {
            @Override
            public FilterDecision onRequestHead(Exchange exchange) {
                exchange.request().headers().set(SEEN, exchange.request().authority());
                exchange.request().headers().remove(HeaderName.of("x-drop"));
                exchange.request().target(exchange.request().path() + "?edited");
                return FilterDecision.CONTINUE;
            }

            @Override
            public FilterDecision onRequestBody(Exchange exchange, Body body) {
                body.replace(doubled(body));
                return FilterDecision.CONTINUE;
            }

            @Override
            public FilterDecision onRequestTrailers(Exchange exchange, Headers trailers) {
                trailers.add(SEEN, "up");
                return FilterDecision.CONTINUE;
            }

            @Override
            public FilterDecision onResponseHead(Exchange exchange) {
                Objects.requireNonNull(exchange.response()).headers().set(SEEN, "down");
                Objects.requireNonNull(exchange.response()).status(203);
                return FilterDecision.CONTINUE;
            }

            @Override
            public FilterDecision onResponseBody(Exchange exchange, Body body) {
                body.replace(doubled(body));
                return FilterDecision.CONTINUE;
            }

            @Override
            public FilterDecision onResponseTrailers(Exchange exchange, Headers trailers) {
                trailers.add(SEEN, "down");
                return FilterDecision.CONTINUE;
            }
        };
        try (TestUpstream upstream = TestUpstream.start(call -> {
            call.request();
            call.write(Reply.head(200, "transfer-encoding: chunked") + "\r\n" + Reply.chunk("ab") + "0\r\nx-sum: 42\r\n\r\n");
        }); Http2Gateway gateway = gateway(upstream, filter); Http2TestClient client = gateway.connect()) {
            Response response = client.post("/p?q", "content-length: 2", "x-drop: 1").send("hi").trailers("x-check: 1")
                    .response();
            assertThat(response.status()).isEqualTo(203);
            assertThat(response.headers().first("x-seen")).isEqualTo("down");
            assertThat(response.body()).isEqualTo("abab");
            assertThat(response.trailers().names()).containsExactly("x-sum", "x-seen");
            ReceivedRequest seen = upstream.lastRequest();
            assertThat(seen.target()).isEqualTo("/p?edited");
            assertThat(seen.headers().first("x-seen")).isEqualTo(client.authority());
            assertThat(seen.headers().contains("x-drop")).isFalse();
            assertThat(seen.headers().contains("content-length")).isFalse();
            assertThat(seen.text()).isEqualTo("hihi");
            assertThat(seen.trailers().names()).containsExactly("x-check", "x-seen");
        }
    }

    private static ByteBuf doubled(Body body) {
        String part = body.data().toString(StandardCharsets.US_ASCII);
        return Unpooled.copiedBuffer(part + part, StandardCharsets.US_ASCII);
    }

    @Test
    void aFilterThatHoldsBodiesSeesThemWholeAndTheirLengthsAreMended() {
        HttpFilter filter = new HttpFilter() {
            @Override
            public FilterDecision onRequestHead(Exchange exchange) {
                return FilterDecision.HOLD_HEAD;
            }

            @Override
            public FilterDecision onRequestBody(Exchange exchange, Body body) {
                return hold(body);
            }

            @Override
            public FilterDecision onResponseHead(Exchange exchange) {
                return FilterDecision.HOLD_HEAD;
            }

            @Override
            public FilterDecision onResponseBody(Exchange exchange, Body body) {
                return hold(body);
            }

            private FilterDecision hold(Body body) {
                if (!body.last()) {
                    return FilterDecision.HOLD_HEAD;
                }
                body.replace(Unpooled.copiedBuffer(body.data().toString(StandardCharsets.US_ASCII).toUpperCase(Locale.ROOT) + "!",
                        StandardCharsets.US_ASCII));
                return FilterDecision.CONTINUE;
            }
        };
        try (TestUpstream upstream = TestUpstream.answering(Reply.chunked(200, "wor", "ld"));
                Http2Gateway gateway = gateway(upstream, filter);
                Http2TestClient client = gateway.connect()) {
            Call call = client.post("/", "expect: 100-continue").send("hel");
            Response response = call.send("lo", true).response();
            assertThat(response.informational()).containsExactly(100);
            assertThat(response.body()).isEqualTo("WORLD!");
            assertThat(response.headers().first("content-length")).isEqualTo("6");
            ReceivedRequest seen = upstream.lastRequest();
            assertThat(seen.text()).isEqualTo("HELLO!");
            assertThat(seen.headers().all("content-length")).containsExactly("6");
            assertThat(seen.headers().contains("transfer-encoding")).isFalse();
            assertThat(seen.headers().contains("expect")).isFalse();
        }
    }

    @Test
    void aFilterThatWaitsHoldsUpItsStreamOnlyAndOneThatRepliesAnswersIt() {
        Map<String, CompletableFuture<Resumption>> waiting = new ConcurrentHashMap<>();
        waiting.put("/wait", new CompletableFuture<>());
        HttpFilter filter = new HttpFilter() {
            @Override
            public FilterDecision onRequestHead(Exchange exchange) {
                CompletableFuture<Resumption> parked = waiting.get(exchange.request().path());
                if (parked != null) {
                    Resumption resumption = exchange.suspend(Duration.ofSeconds(20), FilterDecision.CONTINUE);
                    parked.complete(resumption);
                    return new FilterDecision.Wait(resumption);
                }
                return exchange.request().path().equals("/reply")
                        ? new FilterDecision.Reply(LocalReply.text(403, "no", "denied"))
                        : FilterDecision.CONTINUE;
            }
        };
        try (TestUpstream upstream = TestUpstream.echo("a");
                Http2Gateway gateway = gateway(upstream, filter);
                Http2TestClient client = gateway.connect()) {
            Call parked = client.post("/wait").send("hello", true);
            Resumption resumption = Objects.requireNonNull(waiting.get("/wait")).orTimeout(10, TimeUnit.SECONDS)
                    .join();
            Response reply = client.post("/reply").send("x", true).response();
            assertThat(reply.status()).isEqualTo(403);
            assertThat(reply.body()).isEqualTo("no");
            assertThat(reply.headers().first("content-length")).isEqualTo("2");
            assertThat(reply.headers().contains("date")).isTrue();
            assertThat(client.get("/pass").response().status()).isEqualTo(200);
            assertThat(client.ended()).doesNotContain(parked);
            resumption.resume(FilterDecision.CONTINUE);
            assertThat(parked.response().body()).contains("\"body\":\"hello\"");
            assertThat(upstream.requests()).extracting(ReceivedRequest::target).containsExactly("/pass", "/wait");
        }
    }

    @Test
    void aFilterThatRepliesTooLateCostsItsStreamOnly() {
        HttpFilter filter = new HttpFilter() {
            @Override
            public FilterDecision onResponseBody(Exchange exchange, Body body) {
                return exchange.request().path().equals("/late") && body.last()
                        ? new FilterDecision.Reply(LocalReply.text(403, "no", "denied"))
                        : FilterDecision.CONTINUE;
            }
        };
        try (TestUpstream upstream = TestUpstream.answering(Reply.chunked(200, "wor", "ld"));
                Http2Gateway gateway = gateway(upstream, filter);
                Http2TestClient client = gateway.connect()) {
            assertThat(client.get("/late").awaitReset()).isEqualTo(Http2Error.INTERNAL_ERROR);
            assertThat(client.get("/").response().body()).isEqualTo("world");
        }
    }

    @Test
    void filtersAreToldOfTheClientAndOfTheEnd() throws InterruptedException {
        BlockingQueue<String> told = new LinkedBlockingQueue<>();
        HttpFilter filter = new HttpFilter() {
            @Override
            public FilterDecision onRequestHead(Exchange exchange) {
                told.add(
                        exchange.clientAddress().getHostAddress() + " " + exchange.routeName() + " " + exchange.request().method()
                                + " " + exchange.request().scheme() + " " + exchange.request().contentLength());
                return FilterDecision.CONTINUE;
            }

            @Override
            public void onComplete(Exchange exchange) {
                ResponseHead response = exchange.response();
                told.add("over " + exchange.request().path() + " " + (response == null ? "-" : response.status()));
            }
        };
        try (TestUpstream upstream = TestUpstream.start(call -> {
            if (call.target().equals("/cancelled")) {
                call.awaitClosedByPeer();
            } else {
                call.request();
                call.write(Reply.head(200, "content-length: 10") + "\r\nhello").close();
            }
        }); Http2Gateway gateway = gateway(upstream, filter); Http2TestClient client = gateway.connect()) {
            client.get("/cut").awaitReset();
            assertThat(told.poll(10, TimeUnit.SECONDS)).isEqualTo("127.0.0.1 HTTPRoute test/all GET http 0");
            assertThat(told.poll(10, TimeUnit.SECONDS)).isEqualTo("over /cut 200");
            Call call = client.post("/cancelled");
            upstream.awaitHeads(2);
            call.cancel();
            assertThat(told.poll(10, TimeUnit.SECONDS)).isEqualTo("127.0.0.1 HTTPRoute test/all POST http -1");
            assertThat(told.poll(10, TimeUnit.SECONDS)).isEqualTo("over /cancelled -");
        }
    }

    @Test
    void aRouteRewritesPathAndHost() {
        RouteAction rewrite = new RouteAction.Forward(List.of(new RouteAction.WeightedCluster("up", 1, List.of())),
                new RouteAction.Rewrite("inner.example", new RouteAction.PathRewrite.ReplacePrefix("/new")));
        try (TestUpstream upstream = TestUpstream.named("a");
                Http2Gateway gateway = GatewayUnderTest.setup().cluster("up", upstream.address())
                        .route(GatewayUnderTest.route("r", "/old", rewrite)).startHttp2();
                Http2TestClient client = gateway.connect()) {
            assertThat(client.get("/old/x?y=z").response().status()).isEqualTo(200);
            assertThat(upstream.lastRequest().target()).isEqualTo("/new/x?y=z");
            assertThat(upstream.lastRequest().headers().all("host")).containsExactly("inner.example");
            assertThat(upstream.lastRequest().headers().first("x-forwarded-host")).isEqualTo(client.authority());
        }
    }

    // ---- the gateway's own answers, and the access log

    @Test
    void theGatewaysOwnErrorsAndTheAccessLogAreTheSameAsEver(@TempDir Path dir) throws IOException {
        Path log = dir.resolve("access.log");
        try (TestUpstream upstream = TestUpstream.named("a")) {
            try (Http2Gateway gateway = GatewayUnderTest.setup().cluster("up", upstream.address())
                    .cluster("down", nobody()).route(GatewayUnderTest.forward("up", "/up", "up"))
                    .route(GatewayUnderTest.forward("down", "/down", "down"))
                    .accessLog(new AccessLogSettings(true, log.toString(), AccessLogSettings.Format.JSON,
                            AccessLogSettings.RING_BYTES))
                    .startHttp2();
                    Http2TestClient client = gateway.connect()) {
                assertThat(client.get("/up", "user-agent: h2").response().status()).isEqualTo(200);
                Response none = client.get("/none").response();
                assertThat(none.status()).isEqualTo(404);
                assertThat(none.body()).startsWith("404 Not Found\nrequest id: ");
                assertThat(client.get("/down").response().status()).isEqualTo(502);
                Response head = client.request("HEAD", "/none", true).response();
                assertThat(head.status()).isEqualTo(404);
                assertThat(head.body()).isEmpty();
                upstream.handler(ServerCall::close);
                assertThat(client.post("/up").send("x", true).response().status()).isEqualTo(502);
            }
            List<String> lines = Files.readAllLines(log);
            assertThat(lines).hasSize(5).allMatch(line -> line.contains("\"protocol\":\"HTTP/2\""));
            assertThat(lines.getFirst()).contains("\"/up\"", "\"h2\"", "200");
        }
    }

    private static InetSocketAddress nobody() throws IOException {
        try (ServerSocket socket = new ServerSocket(0)) {
            return new InetSocketAddress(InetAddress.getLoopbackAddress(), socket.getLocalPort());
        }
    }
}
