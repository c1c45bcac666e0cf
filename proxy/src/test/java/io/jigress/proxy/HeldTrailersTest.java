package io.jigress.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import io.jigress.api.Body;
import io.jigress.api.Exchange;
import io.jigress.api.FilterDecision;
import io.jigress.api.HeaderName;
import io.jigress.api.Headers;
import io.jigress.api.HttpFilter;
import io.jigress.testkit.ReceivedResponse;
import io.jigress.testkit.Reply;
import io.jigress.testkit.TestClient;
import io.jigress.testkit.TestUpstream;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/// A filter that holds a response sees its trailers together with its whole body.
class HeldTrailersTest {
    private static final HeaderName SUM = HeaderName.of("x-sum");
    private static final String ANSWER = Reply.head(200, "transfer-encoding: chunked", "trailer: x-sum") + "\r\n"
            + Reply.chunk("answer") + "0\r\nx-sum: 6\r\n\r\n";

    /// Copies a trailer to the head.
    ///
    /// @param removes whether it removes the trailer
    private record Promotion(boolean removes) implements HttpFilter {
        @Override
        public FilterDecision onResponseHead(Exchange exchange) {
            return FilterDecision.HOLD_HEAD;
        }

        @Override
        public FilterDecision onResponseBody(Exchange exchange, Body body) {
            Headers trailers = body.trailers();
            if (!body.last()) {
                assertThat(trailers).isNull();
                return FilterDecision.HOLD_HEAD;
            }
            Headers head = Objects.requireNonNull(exchange.response()).headers();
            head.set(HeaderName.of("x-promoted"), trailers == null ? "none" : String.valueOf(trailers.first(SUM)));
            if (removes && trailers != null) {
                trailers.remove(SUM);
            }
            return FilterDecision.CONTINUE;
        }
    }

    private static ReceivedResponse respond(String answer, boolean removes) {
        try (TestUpstream upstream = TestUpstream.answering(answer);
                GatewayUnderTest gateway = GatewayUnderTest.to(upstream).filters(TestFilter.of(new Promotion(removes))).start();
                TestClient client = gateway.connect()) {
            client.send(TestClient.head("GET", "/", "te: trailers") + "\r\n");
            ReceivedResponse response = client.readResponse();
            client.assertOpen();
            return response;
        }
    }

    @Test
    void theHeadMayDependOnTheTrailers() {
        ReceivedResponse response = respond(ANSWER, false);
        assertThat(response.headers().first("x-promoted")).isEqualTo("6");
        assertThat(response.text()).isEqualTo("answer");
        assertThat(response.trailers().first("x-sum")).isEqualTo("6");
    }

    @Test
    void trailersThatItRemovesAreNotSent() {
        ReceivedResponse response = respond(ANSWER, true);
        assertThat(response.headers().first("x-promoted")).isEqualTo("6");
        assertThat(response.text()).isEqualTo("answer");
        assertThat(response.trailers().first("x-sum")).isNull();
    }

    @Test
    void aResponseWithoutTrailersHasNone() {
        assertThat(respond(Reply.head(200, "content-length: 2") + "\r\nok", true).headers().first("x-promoted"))
                .isEqualTo("none");
    }
}
