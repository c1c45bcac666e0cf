package io.jigress.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jigress.api.Body;
import io.jigress.api.CallLimits;
import io.jigress.api.CallRequest;
import io.jigress.api.CallResult;
import io.jigress.api.Exchange;
import io.jigress.api.FilterDecision;
import io.jigress.api.FilterFactory;
import io.jigress.api.FilterPhase;
import io.jigress.api.HeaderName;
import io.jigress.api.HttpFilter;
import io.jigress.api.JsonReader;
import io.jigress.api.LocalReply;
import io.jigress.api.PreparedFilter;
import io.jigress.api.ProxyFailure;
import io.jigress.api.Resumption;
import io.jigress.api.Services;
import io.jigress.api.TaskResult;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class FilterTesterTest {

    @Test
    void waitsAreResumedFromAnyThreadOrByTheirDeadline() {
        FilterTester tester = FilterTester.start(new Shouting(), "{'deadline': '2s'}");
        TestExchange exchange = tester.exchange("GET", "/");
        if (exchange.requestHead() instanceof FilterDecision.Wait(Resumption resumption)) {
            Thread.ofVirtual().start(() -> resumption.resume(FilterDecision.CONTINUE));
        }
        assertThat(exchange.awaitResumed()).isEqualTo(FilterDecision.CONTINUE);
        assertThat(tester.services().pendingTimers()).isZero();

        TestExchange late = tester.exchange("GET", "/");
        late.requestHead();
        tester.advance(Duration.ofSeconds(2));
        assertThat(late.awaitResumed()).isInstanceOf(FilterDecision.Reply.class);
        assertThat(tester.services().counted("seen")).isEqualTo(2);
    }

    @Test
    void bodiesCanBeReplaced() {
        TestExchange exchange = FilterTester.start(new Shouting(), "{'deadline': '2s'}").exchange("GET", "/");
        exchange.respond(200, "x-a: 1");
        assertThat(exchange.responseBody("hello", true)).isEqualTo(new TestExchange.BodyResult(FilterDecision.CONTINUE, "HELLO"));
        assertThat(exchange.responseHeaders().lines()).containsExactly("x-a: 1");
    }

    @Test
    void issuesOfAConfigurationComeWithTheirPaths() {
        assertThat(FilterTester.issues(new Shouting(), "{\"deadline\": [1], 'x': null}")).extracting(JsonReader.Issue::path)
                .containsExactly("deadline", "x");
        assertThatThrownBy(() -> FilterTester.start(new Shouting(), "{'x': 1}")).isInstanceOf(AssertionError.class)
                .hasMessageContaining("x");
    }

    @Test
    void headersCompareWithoutCaseAndRefuseLineBreaks() {
        HeaderList headers = HeaderList.of("X-A: 1", "x-a: 2", "b: 3");
        assertThat(headers.all("X-a")).containsExactly("1", "2");
        headers.set(HeaderName.of("X-A"), "9");
        assertThat(headers.lines()).containsExactly("b: 3", "x-a: 9");
        assertThatThrownBy(() -> headers.add(HeaderName.of("c"), "a\r\nb")).isInstanceOf(IllegalArgumentException.class);
    }

    /// A filter that asks an upstream, and then a slow directory, about each request.
    private static HttpFilter asking(Services services) {
        Services.Gauge waiting = services.gauge("waiting", "Requests that wait.");
        Services.Histogram lengths = services.histogram("length", "Lengths of answers.", 10, 100);
        return new HttpFilter() {
            @Override
            public FilterDecision onRequestHead(Exchange exchange) {
                waiting.add(1);
                Resumption resumption = exchange.suspend(Duration.ofSeconds(5), FilterDecision.CONTINUE);
                CallRequest request = CallRequest.of("POST", "auth.example", "/check");
                services.callers().unary("auth", request,
                        Unpooled.copiedBuffer(exchange.request().path(), StandardCharsets.UTF_8),
                        CallLimits.within(Duration.ofSeconds(1)), 100, result -> {
                            waiting.add(-1);
                            switch (result) {
                                case CallResult.Failed failed -> resumption
                                        .resume(new FilterDecision.Reply(LocalReply.of(503, failed.failure().detail())));
                                case CallResult.Response response -> {
                                    String user = response.body().toString(StandardCharsets.UTF_8);
                                    lengths.record(user.length());
                                    lookUp(exchange, user, resumption);
                                }
                            }
                        });
                return new FilterDecision.Wait(resumption);
            }

            private void lookUp(Exchange exchange, String user, Resumption resumption) {
                services.blocking(() -> "name of " + user, Duration.ofSeconds(1), (TaskResult<String> result) -> {
                    exchange.logField("user.name", result.toString());
                    resumption.resume(result instanceof TaskResult.Done<String>
                            ? FilterDecision.CONTINUE
                            : new FilterDecision.Reply(LocalReply.of(500, "no_name")));
                });
            }
        };
    }

    private static FilterTester asking() {
        return FilterTester.start(new Shouting(FilterTesterTest::asking), "{}");
    }

    @Test
    void callsAreAnsweredByTheTest() {
        FilterTester tester = asking();
        TestExchange exchange = tester.exchange("GET", "/cart").from("192.0.2.7");
        exchange.requestHead();
        assertThat(tester.services().gauged("waiting")).isOne();
        TestCall call = tester.services().callers().next();
        assertThat(call.cluster()).isEqualTo("auth");
        assertThat(call.request().target()).isEqualTo("/check");
        assertThat(call.requestBody()).isEqualTo("/cart");
        assertThat(call.requestEnded()).isTrue();
        assertThat(call.limits().deadline()).isEqualTo(Duration.ofSeconds(1));
        call.respond(200, "jane", "x-a: 1");
        call.respond(500, "a second response reaches nobody");
        assertThat(exchange.awaitResumed()).isEqualTo(FilterDecision.CONTINUE);
        assertThat(exchange.logFields()).containsExactly(Map.entry("user.name", "Done[value=name of jane]"));
        assertThat(tester.services().gauged("waiting")).isZero();
        assertThat(tester.services().recorded("length")).containsExactly(4.0);
        assertThat(exchange.connection().peer().getAddress().getHostAddress()).isEqualTo("192.0.2.7");
        assertThat(exchange.startTime()).isEqualTo(tester.services().now());
    }

    @Test
    void callsAndTasksFollowAScript() {
        FilterTester tester = asking();
        tester.services().callers().script("auth", call -> call.fail(ProxyFailure.Kind.CONNECT_FAILED));
        TestExchange failed = tester.exchange("GET", "/cart");
        failed.requestHead();
        assertThat(failed.awaitResumed()).isInstanceOf(FilterDecision.Reply.class);

        tester.services().callers().script("auth", call -> call.respond(200, "x".repeat(101)));
        TestExchange tooLong = tester.exchange("GET", "/cart");
        tooLong.requestHead();
        assertThat(((FilterDecision.Reply) tooLong.awaitResumed()).reply().reason()).isEqualTo("response_over_limit");

        tester.services().callers().script("auth", call -> call.respond(200, "jane"));
        tester.services().refuseBlocking("too many");
        TestExchange refused = tester.exchange("GET", "/cart");
        refused.requestHead();
        assertThat(((FilterDecision.Reply) refused.awaitResumed()).reply().reason()).isEqualTo("no_name");
        assertThat(refused.logFields()).containsEntry("user.name", "Refused[why=too many]");
    }

    /// Waits with every request and turns responses to upper case.
    private static final class Shouting implements FilterFactory<Duration> {
        private final @Nullable Function<Services, HttpFilter> other;

        Shouting() {
            this(null);
        }

        /// @param other created in place of this filter
        Shouting(@Nullable Function<Services, HttpFilter> other) {
            this.other = other;
        }

        @Override
        public String name() {
            return "shouting";
        }

        @Override
        public FilterPhase phase() {
            return FilterPhase.TRANSFORM;
        }

        @Override
        public int priority() {
            return 0;
        }

        @Override
        public Duration parse(JsonReader config) {
            Duration deadline = config.duration("deadline");
            config.finish();
            return deadline == null ? Duration.ofSeconds(1) : deadline;
        }

        @Override
        public CompletionStage<PreparedFilter> prepare(Duration config) {
            return CompletableFuture.completedFuture(
                    services -> other == null ? filter(config, services) : other.apply(services));
        }

        private static HttpFilter filter(Duration deadline, Services services) {
            Services.Counter seen = services.counter("seen", "Requests seen.");
            return new HttpFilter() {
                @Override
                public FilterDecision onRequestHead(Exchange exchange) {
                    seen.add(1);
                    return new FilterDecision.Wait(
                            exchange.suspend(deadline, new FilterDecision.Reply(LocalReply.of(504, "late"))));
                }

                @Override
                public FilterDecision onResponseBody(Exchange exchange, Body body) {
                    body.replace(
                            Unpooled.copiedBuffer(body.data().toString(StandardCharsets.UTF_8).toUpperCase(java.util.Locale.ROOT),
                                    StandardCharsets.UTF_8));
                    return FilterDecision.CONTINUE;
                }
            };
        }
    }
}
