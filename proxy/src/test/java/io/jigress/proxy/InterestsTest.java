package io.jigress.proxy;

import static io.jigress.api.FilterInterest.CHANGE_REQUEST_BODY;
import static io.jigress.api.FilterInterest.CHANGE_RESPONSE_BODY;
import static io.jigress.api.FilterInterest.COMPLETION;
import static io.jigress.api.FilterInterest.READ_REQUEST_BODY;
import static io.jigress.api.FilterInterest.READ_RESPONSE_BODY;
import static io.jigress.api.FilterInterest.REQUEST_HEAD;
import static io.jigress.api.FilterInterest.REQUEST_TRAILERS;
import static io.jigress.api.FilterInterest.RESPONSE_HEAD;
import static io.jigress.api.FilterInterest.RESPONSE_TRAILERS;
import static org.assertj.core.api.Assertions.assertThat;

import io.jigress.api.Body;
import io.jigress.api.Exchange;
import io.jigress.api.FilterDecision;
import io.jigress.api.FilterInterest;
import io.jigress.api.Headers;
import io.jigress.api.HttpFilter;
import io.jigress.testkit.ReceivedResponse;
import io.jigress.testkit.Reply;
import io.jigress.testkit.TestClient;
import io.jigress.testkit.TestUpstream;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/// One filter class for all kinds of interests: each instance declares its own.
@ExtendWith(NoLeaks.class)
class InterestsTest {
    private static final byte[] HELLO = "hello".getBytes(StandardCharsets.US_ASCII);

    /// @param atHead the answer to heads
    private record Plugin(Set<FilterInterest> interests, FilterDecision atHead, List<String> seen) implements HttpFilter {
        static Plugin of(FilterInterest... interests) {
            return new Plugin(Set.of(interests), FilterDecision.CONTINUE, new CopyOnWriteArrayList<>());
        }

        @Override
        public FilterDecision onRequestHead(Exchange exchange) {
            seen.add("request head");
            return atHead;
        }

        @Override
        public FilterDecision onRequestBody(Exchange exchange, Body body) {
            return body("request", body, interests.contains(CHANGE_REQUEST_BODY));
        }

        @Override
        public FilterDecision onRequestTrailers(Exchange exchange, Headers trailers) {
            seen.add("request trailers");
            return FilterDecision.CONTINUE;
        }

        @Override
        public FilterDecision onResponseHead(Exchange exchange) {
            seen.add("response head");
            return atHead;
        }

        @Override
        public FilterDecision onResponseBody(Exchange exchange, Body body) {
            return body("response", body, interests.contains(CHANGE_RESPONSE_BODY));
        }

        private FilterDecision body(String of, Body body, boolean change) {
            seen.add(of + " body " + body.data().toString(StandardCharsets.US_ASCII) + (body.last() ? "." : ""));
            if (change) {
                body.replace(
                        Unpooled.copiedBuffer(body.data().toString(StandardCharsets.US_ASCII) + "!", StandardCharsets.US_ASCII));
            }
            return FilterDecision.CONTINUE;
        }

        @Override
        public FilterDecision onResponseTrailers(Exchange exchange, Headers trailers) {
            seen.add("response trailers");
            return FilterDecision.CONTINUE;
        }

        @Override
        public void onComplete(Exchange exchange) {
            seen.add("end");
        }
    }

    private interface Check {
        void check(ReceivedResponse response, TestUpstream upstream);
    }

    private static void exchange(Plugin plugin, String answer, Check check) {
        try (TestUpstream upstream = TestUpstream.answering(answer);
                GatewayUnderTest gateway = GatewayUnderTest.to(upstream).filters(TestFilter.of(plugin)).start()) {
            try (TestClient client = gateway.connect()) {
                check.check(client.request("POST", "/", HELLO), upstream);
                client.assertOpen();
            }
        }
    }

    @Test
    void onePluginThatWantsHeadsLeavesBodiesAlone() {
        Plugin plugin = Plugin.of(REQUEST_HEAD, RESPONSE_HEAD, COMPLETION);
        exchange(plugin, Reply.ok("ok"), (response, upstream) -> {
            assertThat(response.headers().first("content-length")).isEqualTo("2");
            assertThat(upstream.lastRequest().headers().first("content-length")).isEqualTo("5");
        });
        assertThat(plugin.seen).containsExactly("request head", "response head", "end");
    }

    @Test
    void onePluginThatWantsNothingIsNeverCalled() {
        Plugin plugin = Plugin.of();
        exchange(plugin, Reply.ok("ok"), (response, _) -> assertThat(response.text()).isEqualTo("ok"));
        assertThat(plugin.seen).isEmpty();
    }

    @Test
    void bodiesThatAreOnlyReadKeepTheirFraming() {
        Plugin plugin = Plugin.of(READ_REQUEST_BODY, READ_RESPONSE_BODY);
        exchange(plugin, Reply.ok("ok"), (response, upstream) -> {
            assertThat(response.text()).isEqualTo("ok");
            assertThat(response.headers().first("content-length")).isEqualTo("2");
            assertThat(response.headers().contains("transfer-encoding")).isFalse();
            assertThat(upstream.lastRequest().headers().first("content-length")).isEqualTo("5");
            assertThat(upstream.lastRequest().text()).isEqualTo("hello");
        });
        assertThat(plugin.seen).containsExactly("request body hello.", "response body ok.");
    }

    @Test
    void aBodyThatIsHeldToBeReadKeepsItsFraming() {
        Plugin plugin = new Plugin(Set.of(REQUEST_HEAD, READ_REQUEST_BODY, RESPONSE_HEAD, READ_RESPONSE_BODY),
                FilterDecision.HOLD_HEAD, new CopyOnWriteArrayList<>());
        exchange(plugin, Reply.ok("ok"), (response, upstream) -> {
            assertThat(response.text()).isEqualTo("ok");
            assertThat(response.headers().first("content-length")).isEqualTo("2");
            assertThat(upstream.lastRequest().headers().first("content-length")).isEqualTo("5");
        });
        assertThat(plugin.seen).containsExactly("request head", "request body hello.", "response head", "response body ok.");
    }

    @Test
    void bodiesThatMayChangeAreFramedAnew() {
        Plugin plugin = Plugin.of(CHANGE_REQUEST_BODY, CHANGE_RESPONSE_BODY);
        exchange(plugin, Reply.ok("ok"), (response, upstream) -> {
            assertThat(response.text()).isEqualTo("ok!");
            assertThat(response.headers().first("transfer-encoding")).isEqualTo("chunked");
            assertThat(upstream.lastRequest().text()).isEqualTo("hello!");
        });
    }

    @Test
    void oneDirectionSaysNothingOfTheOther() {
        Plugin plugin = Plugin.of(CHANGE_REQUEST_BODY);
        exchange(plugin, Reply.ok("ok"), (response, upstream) -> {
            assertThat(response.headers().first("content-length")).isEqualTo("2");
            assertThat(upstream.lastRequest().text()).isEqualTo("hello!");
        });
    }

    @Test
    void trailersAloneLeaveTheBodyAlone() {
        Plugin plugin = Plugin.of(REQUEST_TRAILERS, RESPONSE_TRAILERS);
        exchange(plugin, Reply.head(200, "transfer-encoding: chunked") + "\r\n" + Reply.chunk("ok") + "0\r\nx-sum: 2\r\n\r\n",
                (response, upstream) -> {
                    assertThat(response.trailers().first("x-sum")).isEqualTo("2");
                    assertThat(upstream.lastRequest().headers().first("content-length")).isEqualTo("5");
                });
        assertThat(plugin.seen).containsExactly("response trailers");
        exchange(plugin, Reply.ok("ok"),
                (response, _) -> assertThat(response.headers().first("content-length")).isEqualTo("2"));
    }

    @Test
    void aPluginThatLeavesAMessageAtItsHeadUnframesNothing() {
        Plugin plugin = new Plugin(
                Set.of(REQUEST_HEAD, CHANGE_REQUEST_BODY, RESPONSE_HEAD, CHANGE_RESPONSE_BODY, RESPONSE_TRAILERS),
                FilterDecision.SKIP_BODY, new CopyOnWriteArrayList<>());
        exchange(plugin, Reply.ok("ok"), (response, upstream) -> {
            assertThat(response.text()).isEqualTo("ok");
            assertThat(response.headers().first("content-length")).isEqualTo("2");
            assertThat(upstream.lastRequest().headers().first("content-length")).isEqualTo("5");
        });
        assertThat(plugin.seen).containsExactly("request head", "response head");
    }

    @Test
    void aPluginThatReadsBodiesCannotReplaceThem() {
        HttpFilter filter = new HttpFilter() {
            @Override
            public Set<FilterInterest> interests() {
                return Set.of(READ_REQUEST_BODY);
            }

            @Override
            public FilterDecision onRequestBody(Exchange exchange, Body body) {
                body.replace(Unpooled.copiedBuffer("other", StandardCharsets.US_ASCII));
                return FilterDecision.CONTINUE;
            }
        };
        try (TestUpstream upstream = TestUpstream.named("a");
                GatewayUnderTest gateway = GatewayUnderTest.to(upstream).filters(TestFilter.of(filter)).start();
                TestClient client = gateway.connect()) {
            assertThat(client.request("POST", "/", HELLO).status()).isEqualTo(500);
        }
    }
}
