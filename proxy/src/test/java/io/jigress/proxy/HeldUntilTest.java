package io.jigress.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import io.jigress.api.Body;
import io.jigress.api.Exchange;
import io.jigress.api.FilterDecision;
import io.jigress.api.HeaderName;
import io.jigress.api.HttpFilter;
import io.jigress.api.Resumption;
import io.jigress.testkit.ReceivedResponse;
import io.jigress.testkit.Reply;
import io.jigress.testkit.TestClient;
import io.jigress.testkit.TestUpstream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/// A filter that holds the head of a request may let it go between two parts of the body.
class HeldUntilTest {
    private static final HeaderName SEEN = HeaderName.of("x-seen");

    /// Holds the request until it is told otherwise; notes what it was shown.
    private static final class Holder implements HttpFilter {
        final BlockingQueue<Resumption> holds = new LinkedBlockingQueue<>();
        final BlockingQueue<String> parts = new LinkedBlockingQueue<>();
        private final boolean again;
        private boolean gone;

        /// @param again whether a part that comes keeps the resumption, in place of a decision of its own
        Holder(boolean again) {
            this.again = again;
        }

        @Override
        public FilterDecision onRequestHead(Exchange exchange) {
            return hold(exchange);
        }

        private FilterDecision hold(Exchange exchange) {
            Resumption resumption = exchange.suspend(Duration.ofSeconds(20), FilterDecision.CONTINUE);
            holds.add(resumption);
            return new FilterDecision.HoldHead(resumption);
        }

        @Override
        public FilterDecision onRequestBody(Exchange exchange, Body body) {
            parts.add(body.data().toString(StandardCharsets.UTF_8) + (body.last() ? "." : ""));
            return gone || body.last() || !again ? FilterDecision.CONTINUE : hold(exchange);
        }

        /// Lets the head go, with what was held in a field.
        FilterDecision release(Exchange exchange, @Nullable Body body) {
            gone = true;
            exchange.request().headers().set(SEEN, body == null ? "nothing" : body.data().toString(StandardCharsets.UTF_8) + "!");
            return FilterDecision.CONTINUE;
        }

        Resumption held() throws InterruptedException {
            Resumption resumption = holds.poll(10, TimeUnit.SECONDS);
            assertThat(resumption).isNotNull();
            return resumption;
        }

        String part() throws InterruptedException {
            return String.valueOf(parts.poll(10, TimeUnit.SECONDS));
        }
    }

    private static void begin(TestClient client, String... chunks) {
        client.send(TestClient.head("POST", "/", "transfer-encoding: chunked") + "\r\n");
        for (String chunk : chunks) {
            client.send(Reply.chunk(chunk));
        }
    }

    @Test
    void theHeadGoesOnBeforeTheBodyComes() throws InterruptedException {
        Holder holder = new Holder(true);
        try (TestUpstream upstream = TestUpstream.answering(Reply.ok("answer"));
                GatewayUnderTest gateway = GatewayUnderTest.to(upstream).filters(TestFilter.of(holder)).start();
                TestClient client = gateway.connect()) {
            begin(client);
            assertThat(holder.held().resume((exchange, body, _) -> holder.release(exchange, body))).isTrue();
            upstream.awaitHeads(1);
            client.send(Reply.chunk("hello") + "0\r\n\r\n");
            assertThat(client.readResponse().status()).isEqualTo(200);
            assertThat(upstream.lastRequest().headers().first("x-seen")).isEqualTo("nothing");
            assertThat(upstream.lastRequest().text()).isEqualTo("hello");
        }
    }

    @Test
    void theHeadGoesOnWithWhatIsHeld() throws InterruptedException {
        Holder holder = new Holder(true);
        try (TestUpstream upstream = TestUpstream.answering(Reply.ok("answer"));
                GatewayUnderTest gateway = GatewayUnderTest.to(upstream).filters(TestFilter.of(holder)).start();
                TestClient client = gateway.connect()) {
            begin(client, "one");
            Resumption first = holder.held();
            assertThat(holder.part()).isEqualTo("one");
            Resumption second = holder.held();
            // The filter has decided anew since.
            first.resume(FilterDecision.SKIP_BODY);
            client.send(Reply.chunk(" two"));
            assertThat(holder.part()).isEqualTo("one two");
            second.resume(FilterDecision.SKIP_BODY);
            assertThat(holder.held().resume((exchange, body, _) -> holder.release(exchange, body))).isTrue();
            upstream.awaitHeads(1);
            client.send(Reply.chunk(" three") + "0\r\n\r\n");
            ReceivedResponse response = client.readResponse();
            assertThat(response.status()).isEqualTo(200);
            assertThat(upstream.lastRequest().headers().first("x-seen")).isEqualTo("one two!");
            assertThat(upstream.lastRequest().text()).isEqualTo("one two three");
            assertThat(holder.part()).isEqualTo(" three");
        }
    }

    @Test
    void aFilterThatLetTheHeadGoWithAPartIsNotResumed() throws InterruptedException {
        Holder holder = new Holder(false);
        try (TestUpstream upstream = TestUpstream.answering(Reply.ok("answer"));
                GatewayUnderTest gateway = GatewayUnderTest.to(upstream).filters(TestFilter.of(holder)).start();
                TestClient client = gateway.connect()) {
            begin(client, "one");
            Resumption resumption = holder.held();
            assertThat(holder.part()).isEqualTo("one");
            upstream.awaitHeads(1);
            resumption.resume((exchange, body, _) -> holder.release(exchange, body));
            client.send(Reply.chunk(" two") + "0\r\n\r\n");
            assertThat(client.readResponse().status()).isEqualTo(200);
            assertThat(upstream.lastRequest().headers().first("x-seen")).isNull();
            assertThat(upstream.lastRequest().text()).isEqualTo("one two");
        }
    }
}
