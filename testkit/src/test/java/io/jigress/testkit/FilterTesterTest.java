package io.jigress.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jigress.api.Body;
import io.jigress.api.Exchange;
import io.jigress.api.FilterDecision;
import io.jigress.api.FilterFactory;
import io.jigress.api.FilterPhase;
import io.jigress.api.HeaderName;
import io.jigress.api.HttpFilter;
import io.jigress.api.JsonReader;
import io.jigress.api.LocalReply;
import io.jigress.api.PreparedFilter;
import io.jigress.api.Resumption;
import io.jigress.api.Services;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
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

    /// Waits with every request and turns responses to upper case.
    private static final class Shouting implements FilterFactory<Duration> {
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
            return CompletableFuture.completedFuture(services -> filter(config, services));
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
