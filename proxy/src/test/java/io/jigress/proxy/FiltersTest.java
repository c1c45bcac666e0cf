package io.jigress.proxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.jigress.api.Body;
import io.jigress.api.Exchange;
import io.jigress.api.ExchangeKey;
import io.jigress.api.FilterDecision;
import io.jigress.api.FilterFactory;
import io.jigress.api.FilterPhase;
import io.jigress.api.HeaderName;
import io.jigress.api.Headers;
import io.jigress.config.RouteOptions;
import io.jigress.api.HttpFilter;
import io.jigress.api.Json;
import io.jigress.api.JsonReader;
import io.jigress.api.LocalReply;
import io.jigress.api.PreparedFilter;
import io.jigress.api.ResponseHead;
import io.jigress.api.Resumption;
import io.jigress.config.FilterSpec;
import io.jigress.config.Route;
import io.jigress.config.RouteAction;
import io.jigress.testkit.ReceivedRequest;
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
import java.util.Objects;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@ExtendWith(NoLeaks.class)
class FiltersTest {
    private static final HeaderName SEEN = HeaderName.of("x-seen");

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    private static ByteBuf upperCase(Body body) {
        return Unpooled.wrappedBuffer(ascii(body.data().toString(StandardCharsets.US_ASCII).toUpperCase(Locale.ROOT)));
    }

    /// Doubles every part of a body, so that no declared length is right.
    private static ByteBuf doubled(Body body) {
        String part = body.data().toString(StandardCharsets.US_ASCII);
        return Unpooled.wrappedBuffer(ascii(part + part));
    }

    @Test
    void bodiesThatAFilterReplacesAreFramedAnew() {
        HttpFilter filter = new HttpFilter() {
            @Override
            public FilterDecision onRequestBody(Exchange exchange, Body body) {
                body.replace(doubled(body));
                return FilterDecision.CONTINUE;
            }

            @Override
            public FilterDecision onResponseBody(Exchange exchange, Body body) {
                body.replace(doubled(body));
                return FilterDecision.CONTINUE;
            }
        };
        try (TestUpstream upstream = TestUpstream.answering(Reply.ok("world"));
                GatewayUnderTest gateway = GatewayUnderTest.to(upstream).filters(TestFilter.of(filter)).start();
                TestClient client = gateway.connect()) {
            for (int i = 0; i < 3; i++) {
                ReceivedResponse response = client.request("POST", "/", ascii("hello"));
                assertThat(response.text()).isEqualTo("worldworld");
                assertThat(response.headers().first("transfer-encoding")).isEqualTo("chunked");
                assertThat(response.headers().contains("content-length")).isFalse();
                ReceivedRequest seen = upstream.lastRequest();
                assertThat(seen.text()).isEqualTo("hellohello");
                assertThat(seen.headers().contains("content-length")).isFalse();
            }
        }
    }

    @Test
    void aFilterThatHoldsTheHeadsSeesWholeBodiesAndLengthsAreMended() {
        HttpFilter filter = new HttpFilter() {
            @Override
            public FilterDecision onRequestHead(Exchange exchange) {
                return FilterDecision.HOLD_HEAD;
            }

            @Override
            public FilterDecision onRequestBody(Exchange exchange, Body body) {
                if (!body.last()) {
                    return FilterDecision.HOLD_HEAD;
                }
                exchange.request().headers().set(SEEN, String.valueOf(body.data().readableBytes()));
                body.replace(doubled(body));
                return FilterDecision.CONTINUE;
            }

            @Override
            public FilterDecision onResponseHead(Exchange exchange) {
                return FilterDecision.HOLD_HEAD;
            }

            @Override
            public FilterDecision onResponseBody(Exchange exchange, Body body) {
                if (!body.last()) {
                    return FilterDecision.HOLD_HEAD;
                }
                response(exchange).headers().set(SEEN, String.valueOf(body.data().readableBytes()));
                body.replace(upperCase(body));
                return FilterDecision.CONTINUE;
            }
        };
        try (TestUpstream upstream = TestUpstream.answering(Reply.chunked(200, "wor", "ld"));
                GatewayUnderTest gateway = GatewayUnderTest.to(upstream).filters(TestFilter.of(filter)).start();
                TestClient client = gateway.connect()) {
            client.send(TestClient.head("POST", "/", "transfer-encoding: chunked") + "\r\n" + Reply.chunk("hel"));
            client.send(Reply.chunk("lo") + "0\r\n\r\n");
            ReceivedResponse response = client.readResponse();
            assertThat(response.text()).isEqualTo("WORLD");
            assertThat(response.headers().first("x-seen")).isEqualTo("5");
            assertThat(response.headers().first("content-length")).isEqualTo("5");
            ReceivedRequest seen = upstream.lastRequest();
            assertThat(seen.text()).isEqualTo("hellohello");
            assertThat(seen.headers().first("x-seen")).isEqualTo("5");
            assertThat(seen.headers().all("content-length")).containsExactly("10");
            assertThat(seen.headers().contains("transfer-encoding")).isFalse();
        }
    }

    private static ResponseHead response(Exchange exchange) {
        return Objects.requireNonNull(exchange.response());
    }

    @Test
    void aClientThatWaitsFor100GetsItFromAFilterThatWantsTheBody() {
        HttpFilter filter = new HttpFilter() {
            @Override
            public FilterDecision onRequestHead(Exchange exchange) {
                return FilterDecision.HOLD_HEAD;
            }

            @Override
            public FilterDecision onRequestBody(Exchange exchange, Body body) {
                return body.last() ? FilterDecision.CONTINUE : FilterDecision.HOLD_HEAD;
            }
        };
        try (TestUpstream upstream = TestUpstream.named("a");
                GatewayUnderTest gateway = GatewayUnderTest.to(upstream).filters(TestFilter.of(filter)).start();
                TestClient client = gateway.connect()) {
            client.send(TestClient.head("POST", "/", "expect: 100-continue", "content-length: 2") + "\r\n");
            assertThat(client.readInformational().status()).isEqualTo(100);
            client.send("ok");
            assertThat(client.readResponse().status()).isEqualTo(200);
            assertThat(upstream.lastRequest().text()).isEqualTo("ok");
            assertThat(upstream.lastRequest().headers().contains("expect")).isFalse();
        }
    }

    @Test
    void aHeldBodyOverTheLimitIs413AndAHeldResponseIs502() {
        HttpFilter filter = new HttpFilter() {
            @Override
            public FilterDecision onRequestHead(Exchange exchange) {
                return FilterDecision.HOLD_HEAD;
            }

            @Override
            public FilterDecision onRequestBody(Exchange exchange, Body body) {
                return body.last() ? FilterDecision.CONTINUE : FilterDecision.HOLD_HEAD;
            }

            @Override
            public FilterDecision onResponseHead(Exchange exchange) {
                return FilterDecision.HOLD_HEAD;
            }

            @Override
            public FilterDecision onResponseBody(Exchange exchange, Body body) {
                return body.last() ? FilterDecision.CONTINUE : FilterDecision.HOLD_HEAD;
            }
        };
        String big = "x".repeat((1 << 20) + 1);
        try (TestUpstream upstream = TestUpstream.answering(Reply.ok(big));
                GatewayUnderTest gateway = GatewayUnderTest.to(upstream).filters(TestFilter.of(filter)).start()) {
            assertThat(TestClient.get(gateway.port(), "/").status()).isEqualTo(502);
            try (TestClient client = gateway.connect()) {
                client.send(TestClient.head("POST", "/", "content-length: " + (8 << 20)) + "\r\n" + big);
                assertThat(client.readResponse().status()).isEqualTo(413);
            }
            assertThat(upstream.requests()).hasSize(1);
        }
    }

    @Test
    void aFilterWaitsForACallThatAnotherThreadAnswers() throws InterruptedException {
        BlockingQueue<Resumption> asked = new LinkedBlockingQueue<>();
        HttpFilter filter = new HttpFilter() {
            @Override
            public FilterDecision onRequestHead(Exchange exchange) {
                Resumption resumption = exchange.suspend(Duration.ofSeconds(10), FilterDecision.CONTINUE);
                asked.add(resumption);
                return new FilterDecision.Wait(resumption);
            }

            @Override
            public FilterDecision onResponseHead(Exchange exchange) {
                Resumption resumption = exchange.suspend(Duration.ofSeconds(10), FilterDecision.CONTINUE);
                asked.add(resumption);
                return new FilterDecision.Wait(resumption);
            }
        };
        try (TestUpstream upstream = TestUpstream.named("a");
                GatewayUnderTest gateway = GatewayUnderTest.to(upstream).filters(TestFilter.of(filter)).start();
                TestClient client = gateway.connect()) {
            client.send(TestClient.head("POST", "/", "content-length: 5") + "\r\nhello");
            Resumption request = take(asked);
            assertThat(upstream.connectionsOpened()).isZero();
            assertThat(request.resume(FilterDecision.CONTINUE)).isTrue();
            assertThat(request.resume(FilterDecision.CONTINUE)).as("once").isFalse();
            upstream.awaitRequests(1);
            assertThat(upstream.lastRequest().text()).isEqualTo("hello");
            take(asked).resume(FilterDecision.CONTINUE);
            assertThat(client.readResponse().text()).isEqualTo("a");

            client.send(TestClient.head("GET", "/") + "\r\n");
            take(asked).resume(new FilterDecision.Reply(LocalReply.text(403, "no", "denied")));
            take(asked).resume(FilterDecision.CONTINUE);
            assertThat(client.readResponse().status()).isEqualTo(403);
            assertThat(upstream.requests()).hasSize(1);
            client.assertOpen();
        }
    }

    @Test
    void aHeldBodyCarriesItsTrailers() {
        List<String> trailers = new CopyOnWriteArrayList<>();
        HttpFilter filter = new HttpFilter() {
            @Override
            public FilterDecision onRequestHead(Exchange exchange) {
                return FilterDecision.HOLD_HEAD;
            }

            @Override
            public FilterDecision onRequestBody(Exchange exchange, Body body) {
                return body.last() ? FilterDecision.CONTINUE : FilterDecision.HOLD_HEAD;
            }

            @Override
            public FilterDecision onRequestTrailers(Exchange exchange, Headers fields) {
                trailers.add("request " + fields.first(HeaderName.of("x-sum")));
                return FilterDecision.CONTINUE;
            }

            @Override
            public FilterDecision onResponseHead(Exchange exchange) {
                return FilterDecision.HOLD_HEAD;
            }

            @Override
            public FilterDecision onResponseBody(Exchange exchange, Body body) {
                return body.last() ? FilterDecision.CONTINUE : FilterDecision.HOLD_HEAD;
            }

            @Override
            public FilterDecision onResponseTrailers(Exchange exchange, Headers fields) {
                trailers.add("response " + fields.first(HeaderName.of("x-sum")));
                return FilterDecision.CONTINUE;
            }
        };
        String answer = Reply.head(200, "transfer-encoding: chunked", "trailer: x-sum") + "\r\n" + Reply.chunk("answer")
                + "0\r\nx-sum: 6\r\n\r\n";
        try (TestUpstream upstream = TestUpstream.answering(answer);
                GatewayUnderTest gateway = GatewayUnderTest.to(upstream).filters(TestFilter.of(filter)).start();
                TestClient client = gateway.connect()) {
            client.send(TestClient.head("POST", "/", "transfer-encoding: chunked", "trailer: x-sum", "te: trailers") + "\r\n"
                    + Reply.chunk("hel"));
            client.send(Reply.chunk("lo") + "0\r\nx-sum: 5\r\n\r\n");
            ReceivedResponse response = client.readResponse();
            assertThat(response.text()).isEqualTo("answer");
            assertThat(response.trailers().first("x-sum")).isEqualTo("6");
            assertThat(upstream.lastRequest().text()).isEqualTo("hello");
            assertThat(upstream.lastRequest().trailers().first("x-sum")).isEqualTo("5");
            assertThat(trailers).containsExactly("request 5", "response 6");
            client.assertOpen();
        }
    }

    @Test
    void aResponseThatIsCompleteWhileAFilterWaitsKeepsItsHeadAndTrailers() throws InterruptedException {
        BlockingQueue<Resumption> asked = new LinkedBlockingQueue<>();
        BlockingQueue<String> completed = new LinkedBlockingQueue<>();
        HttpFilter filter = new HttpFilter() {
            @Override
            public FilterDecision onResponseHead(Exchange exchange) {
                Resumption resumption = exchange.suspend(Duration.ofSeconds(10), FilterDecision.CONTINUE);
                asked.add(resumption);
                return new FilterDecision.Wait(resumption);
            }

            @Override
            public void onComplete(Exchange exchange) {
                completed.add(response(exchange).status() + " " + response(exchange).headers().first(SEEN));
            }
        };
        String answer = Reply.head(200, "x-seen: yes", "transfer-encoding: chunked") + "\r\n" + Reply.chunk("hello")
                + "0\r\nx-sum: 7\r\n\r\n";
        try (TestUpstream upstream = TestUpstream.answering(answer);
                GatewayUnderTest gateway = GatewayUnderTest.to(upstream).filters(TestFilter.of(filter)).start();
                TestClient client = gateway.connect();
                TestClient other = gateway.connect()) {
            client.send(TestClient.head("GET", "/") + "\r\n");
            Resumption first = take(asked);
            // Another exchange in the meantime, so that pooled storage is reused.
            other.send(TestClient.head("GET", "/") + "\r\n");
            Resumption second = take(asked);
            for (TestClient each : List.of(client, other)) {
                (each == client ? first : second).resume(FilterDecision.CONTINUE);
                ReceivedResponse response = each.readResponse();
                assertThat(response.text()).isEqualTo("hello");
                assertThat(response.headers().first("x-seen")).isEqualTo("yes");
                assertThat(response.trailers().first("x-sum")).isEqualTo("7");
                assertThat(completed.poll(10, TimeUnit.SECONDS)).isEqualTo("200 yes");
            }
        }
    }

    private static Resumption take(BlockingQueue<Resumption> asked) throws InterruptedException {
        Resumption next = asked.poll(10, TimeUnit.SECONDS);
        assertThat(next).isNotNull();
        return Objects.requireNonNull(next);
    }

    @ParameterizedTest
    @ValueSource(ints = {100, 1000})
    void aWaitEndsWithItsDeadline(int millis) throws InterruptedException {
        BlockingQueue<Resumption> asked = new LinkedBlockingQueue<>();
        HttpFilter filter = new HttpFilter() {
            @Override
            public FilterDecision onRequestHead(Exchange exchange) {
                Resumption resumption = exchange.suspend(Duration.ofMillis(millis),
                        new FilterDecision.Reply(LocalReply.of(504, "no_answer")));
                asked.add(resumption);
                return new FilterDecision.Wait(resumption);
            }
        };
        try (TestUpstream upstream = TestUpstream.named("a");
                GatewayUnderTest gateway = GatewayUnderTest.to(upstream).filters(TestFilter.of(filter)).accessLog().start();
                TestClient client = gateway.connect()) {
            assertThat(client.request("GET", "/").status()).isEqualTo(504);
            assertThat(take(asked).resume(FilterDecision.CONTINUE)).as("too late").isFalse();
            assertThat(gateway.closeAndReadLog()).singleElement().asString().contains("\"reason\":\"no_answer\"");
        }
    }

    @Test
    void aClientThatGoesAwayEndsAWait() throws InterruptedException {
        BlockingQueue<Resumption> asked = new LinkedBlockingQueue<>();
        BlockingQueue<String> completed = new LinkedBlockingQueue<>();
        HttpFilter filter = new HttpFilter() {
            @Override
            public FilterDecision onRequestHead(Exchange exchange) {
                Resumption resumption = exchange.suspend(Duration.ofSeconds(10), FilterDecision.CONTINUE);
                asked.add(resumption);
                return new FilterDecision.Wait(resumption);
            }

            @Override
            public void onComplete(Exchange exchange) {
                completed.add(exchange.request().target());
            }
        };
        try (TestUpstream upstream = TestUpstream.named("a");
                GatewayUnderTest gateway = GatewayUnderTest.to(upstream).filters(TestFilter.of(filter)).start()) {
            Resumption late;
            try (TestClient client = gateway.connect()) {
                client.send(TestClient.head("POST", "/gone", "content-length: 5") + "\r\nhello");
                late = take(asked);
                client.reset();
            }
            assertThat(completed.poll(10, TimeUnit.SECONDS)).isEqualTo("/gone");
            late.resume(FilterDecision.CONTINUE);
            try (TestClient client = gateway.connect()) {
                client.send(TestClient.head("GET", "/next") + "\r\n");
                take(asked).resume(FilterDecision.CONTINUE);
                assertThat(client.readResponse().text()).isEqualTo("a");
            }
            assertThat(upstream.requests()).extracting(ReceivedRequest::target).containsExactly("/next");
        }
    }

    @Test
    void aReplyPassesTheResponseFiltersOfThoseThatSawTheRequest() {
        List<String> called = new CopyOnWriteArrayList<>();
        TestFilter first = new TestFilter("first", FilterPhase.EDGE, recording("first", called, null));
        TestFilter second = new TestFilter("second", FilterPhase.AUTHZ,
                recording("second", called, LocalReply.text(403, "no", "denied")));
        TestFilter third = new TestFilter("third", FilterPhase.TRANSFORM, recording("third", called, null));
        try (TestUpstream upstream = TestUpstream.named("a");
                GatewayUnderTest gateway = GatewayUnderTest.to(upstream).filters(third, second, first).accessLog().start();
                TestClient client = gateway.connect()) {
            ReceivedResponse response = client.request("GET", "/");
            assertThat(response.status()).isEqualTo(403);
            assertThat(response.text()).isEqualTo("no");
            assertThat(response.headers().all("x-seen")).contains("first").doesNotContain("third");
            assertThat(upstream.connectionsOpened()).isZero();
            assertThat(gateway.closeAndReadLog()).singleElement().asString().contains("\"reason\":\"denied\"");
            assertThat(called).startsWith("first request", "second request")
                    .contains("first response", "first complete", "second complete")
                    .doesNotContain("third request", "third response", "third complete").doesNotHaveDuplicates();
        }
    }

    private static HttpFilter recording(String name, List<String> called, @Nullable LocalReply reply) {
        return new HttpFilter() {
            @Override
            public FilterDecision onRequestHead(Exchange exchange) {
                called.add(name + " request");
                return reply == null ? FilterDecision.CONTINUE : new FilterDecision.Reply(reply);
            }

            @Override
            public FilterDecision onResponseHead(Exchange exchange) {
                called.add(name + " response");
                response(exchange).headers().add(SEEN, name);
                return FilterDecision.CONTINUE;
            }

            @Override
            public void onComplete(Exchange exchange) {
                called.add(name + " complete");
            }
        };
    }

    @Test
    void filtersRunInTheOrderOfTheirPhasesAndBackwardsOnTheWayBack() {
        List<String> called = new CopyOnWriteArrayList<>();
        TestFilter edge = new TestFilter("edge", FilterPhase.EDGE, recording("edge", called, null));
        TestFilter stats = new TestFilter("stats", FilterPhase.STATS, recording("stats", called, null));
        try (TestUpstream upstream = TestUpstream.named("a");
                GatewayUnderTest gateway = GatewayUnderTest.to(upstream).filters(stats, edge).start()) {
            assertThat(TestClient.get(gateway.port(), "/").headers().all("x-seen")).containsExactly("stats", "edge");
            assertThat(List.copyOf(called).subList(0, 4)).containsExactly("edge request", "stats request", "stats response",
                    "edge response");
        }
    }

    /// Adds its mark, which is its configuration, to `x-seen` of the request and of the response.
    private record Marking(String name) implements FilterFactory<String> {
        @Override
        public FilterPhase phase() {
            return FilterPhase.TRANSFORM;
        }

        @Override
        public int priority() {
            return 0;
        }

        @Override
        public String parse(JsonReader config) {
            return config.requiredText("mark");
        }

        @Override
        public CompletionStage<PreparedFilter> prepare(String mark) {
            return CompletableFuture.completedFuture(_ -> new HttpFilter() {
                @Override
                public FilterDecision onRequestHead(Exchange exchange) {
                    exchange.request().headers().add(SEEN, mark);
                    return FilterDecision.CONTINUE;
                }

                @Override
                public FilterDecision onResponseHead(Exchange exchange) {
                    response(exchange).headers().add(SEEN, mark);
                    return FilterDecision.CONTINUE;
                }
            });
        }

        FilterSpec spec(int priority, String mark) {
            return new FilterSpec(name, mark, FilterPhase.TRANSFORM, priority, Json.object().put("mark", mark).build(),
                    "Plugin test/" + mark);
        }
    }

    @Test
    void filtersOfOnePhaseRunByPriorityThenByNameAndThoseOfTheBackendLast() {
        Marking anna = new Marking("anna");
        Marking bert = new Marking("bert");
        RouteAction action = new RouteAction.Forward(
                List.of(new RouteAction.WeightedCluster("up", 1, List.of(anna.spec(0, "backend"), bert.spec(1, "early")))),
                RouteAction.Rewrite.NONE);
        Route route = GatewayUnderTest.with(GatewayUnderTest.route("all", "/", action), bert.spec(0, "by name"),
                anna.spec(-1, "late"), anna.spec(0, "route"));
        try (TestUpstream upstream = TestUpstream.named("a");
                GatewayUnderTest gateway = GatewayUnderTest.setup().known(anna, bert).hostFilters(anna.spec(0, "gateway"))
                        .cluster("up", upstream.address()).route(route).start();
                TestClient client = gateway.connect()) {
            ReceivedResponse response = client.request("GET", "/");
            List<String> order = List.of("gateway", "route", "by name", "late", "early", "backend");
            assertThat(upstream.lastRequest().headers().all("x-seen")).isEqualTo(order);
            assertThat(response.headers().all("x-seen")).as("backwards").isEqualTo(order.reversed());
        }
    }

    @Test
    void filtersOfABackendRunForRequestsThatDrewItAndForNoOthers() {
        Marking marking = new Marking("marking");
        RouteAction action = new RouteAction.Forward(
                List.of(new RouteAction.WeightedCluster("plain", 1, List.of()),
                        new RouteAction.WeightedCluster("marked", 1, List.of(marking.spec(0, "drawn")))),
                RouteAction.Rewrite.NONE);
        try (TestUpstream plain = TestUpstream.named("plain");
                TestUpstream marked = TestUpstream.named("marked");
                GatewayUnderTest gateway = GatewayUnderTest.setup().known(marking).cluster("plain", plain.address())
                        .cluster("marked", marked.address()).route(GatewayUnderTest.route("all", "/", action)).start();
                TestClient client = gateway.connect()) {
            for (int i = 0; i < 200; i++) {
                ReceivedResponse response = client.request("GET", "/");
                assertThat(response.headers().all("x-seen"))
                        .isEqualTo(response.text().equals("marked") ? List.of("drawn") : List.of());
            }
            assertThat(plain.requests()).noneMatch(request -> request.headers().contains("x-seen"));
            assertThat(marked.requests()).allMatch(request -> request.headers().all("x-seen").equals(List.of("drawn")));
        }
    }

    @Test
    void aFilterRematchesAndFinishedFiltersDoNotRunAgain() {
        List<String> called = new CopyOnWriteArrayList<>();
        HttpFilter moving = new HttpFilter() {
            @Override
            public FilterDecision onRequestHead(Exchange exchange) {
                called.add("moving");
                exchange.request().target("/b" + exchange.request().target());
                exchange.rematch();
                return FilterDecision.CONTINUE;
            }
        };
        TestFilter edge = new TestFilter("edge", FilterPhase.EDGE, recording("edge", called, null));
        TestFilter move = new TestFilter("move", FilterPhase.AUTHZ, moving);
        TestFilter late = new TestFilter("late", FilterPhase.TRANSFORM, recording("late", called, null));
        try (TestUpstream a = TestUpstream.named("a");
                TestUpstream b = TestUpstream.named("b");
                GatewayUnderTest gateway = GatewayUnderTest.setup().cluster("a", a.address()).cluster("b", b.address())
                        .route(GatewayUnderTest.forward("a", "/", "a")).route(GatewayUnderTest.forward("b", "/b", "b"))
                        .filters(edge, move, late).start();
                TestClient client = gateway.connect()) {
            ReceivedResponse response = client.request("GET", "/x");
            assertThat(response.text()).isEqualTo("b");
            assertThat(b.lastRequest().target()).isEqualTo("/b/x");
            assertThat(called).filteredOn("moving"::equals).hasSize(1);
            assertThat(called).filteredOn("late request"::equals).hasSize(1);
        }
    }

    @Test
    void theLimitsOfTheRouteThatAFilterChoseAreInForce() {
        HttpFilter moving = new HttpFilter() {
            @Override
            public FilterDecision onRequestHead(Exchange exchange) {
                exchange.request().target("/b" + exchange.request().target());
                exchange.rematch();
                return FilterDecision.CONTINUE;
            }
        };
        try (TestUpstream a = TestUpstream.named("a");
                TestUpstream b = TestUpstream.named("b");
                GatewayUnderTest gateway = GatewayUnderTest.setup().cluster("a", a.address()).cluster("b", b.address())
                        .route(GatewayUnderTest.forward("a", "/", "a"))
                        .route(GatewayUnderTest.with(GatewayUnderTest.forward("b", "/b", "b"),
                                new RouteOptions(null, null, null, 3L, true)))
                        .filters(new TestFilter("move", FilterPhase.AUTHZ, moving)).start();
                TestClient client = gateway.connect()) {
            assertThat(client.request("POST", "/x", ascii("abc")).text()).isEqualTo("b");
            assertThat(client.request("POST", "/x", ascii("abcd")).status()).isEqualTo(413);
        }
    }

    @Test
    void whatAFilterKeepsOfAnExchangeNeverReachesTheNextRequest() {
        List<Exchange> kept = new CopyOnWriteArrayList<>();
        List<Headers> keptHeaders = new CopyOnWriteArrayList<>();
        List<Throwable> thrown = new CopyOnWriteArrayList<>();
        HttpFilter keeping = new HttpFilter() {
            @Override
            public FilterDecision onRequestHead(Exchange exchange) {
                if (kept.isEmpty()) {
                    kept.add(exchange);
                    keptHeaders.add(exchange.request().headers());
                } else {
                    // The gateway has reused the same storage, now for this request.
                    thrown.add(catchThrowable(() -> keptHeaders.getFirst().set(HeaderName.of("x-late"), "late")));
                    thrown.add(catchThrowable(() -> kept.getFirst().request()));
                    thrown.add(catchThrowable(() -> kept.getFirst().id()));
                }
                return FilterDecision.CONTINUE;
            }
        };
        try (TestUpstream upstream = TestUpstream.named("a");
                GatewayUnderTest gateway = GatewayUnderTest.to(upstream)
                        .filters(new TestFilter("keep", FilterPhase.AUTHZ, keeping)).start();
                TestClient client = gateway.connect()) {
            client.request("GET", "/1");
            client.request("GET", "/2");
            assertThat(thrown).hasSize(3).allSatisfy(each -> assertThat(each).isInstanceOf(IllegalStateException.class));
            assertThat(upstream.lastRequest().headers().all("x-late")).isEmpty();
        }
    }

    @Test
    void aFilterThatThrowsIs500AndTheConnectionGoesOn() {
        HttpFilter filter = new HttpFilter() {
            @Override
            public FilterDecision onRequestHead(Exchange exchange) {
                if (exchange.request().path().equals("/bad")) {
                    throw new IllegalStateException("on purpose");
                }
                return FilterDecision.CONTINUE;
            }
        };
        try (TestUpstream upstream = TestUpstream.named("a");
                GatewayUnderTest gateway = GatewayUnderTest.to(upstream).filters(TestFilter.of(filter)).accessLog().start();
                TestClient client = gateway.connect()) {
            assertThat(client.request("POST", "/bad", ascii("body")).status()).isEqualTo(500);
            assertThat(client.request("GET", "/good").status()).isEqualTo(200);
            assertThat(upstream.requests()).hasSize(1);
            assertThat(gateway.closeAndReadLog().getFirst()).contains("\"flag\":\"FE\"", "\"origin\":\"gateway\"");
        }
    }

    @Test
    void whatAFilterKeepsOnAnExchangeEndsWithIt() {
        ExchangeKey<String> key = new ExchangeKey<>("mark");
        List<String> found = new CopyOnWriteArrayList<>();
        HttpFilter filter = new HttpFilter() {
            @Override
            public FilterDecision onRequestHead(Exchange exchange) {
                found.add(String.valueOf(exchange.get(key)));
                exchange.put(key, exchange.request().target());
                return FilterDecision.CONTINUE;
            }

            @Override
            public FilterDecision onResponseHead(Exchange exchange) {
                found.add(String.valueOf(exchange.get(key)));
                return FilterDecision.CONTINUE;
            }
        };
        try (TestUpstream upstream = TestUpstream.named("a");
                GatewayUnderTest gateway = GatewayUnderTest.to(upstream).filters(TestFilter.of(filter)).start();
                TestClient client = gateway.connect()) {
            client.request("GET", "/1");
            client.request("GET", "/2");
            assertThat(found).containsExactly("null", "/1", "null", "/2");
        }
    }
}
