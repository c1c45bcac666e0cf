package io.jigress.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import io.jigress.api.Body;
import io.jigress.api.Exchange;
import io.jigress.api.FilterDecision;
import io.jigress.api.HeaderName;
import io.jigress.api.HttpFilter;
import io.jigress.api.Resumption;
import io.jigress.config.RouteAction.Forward;
import io.jigress.config.RouteAction.Rewrite;
import io.jigress.config.RouteAction.WeightedCluster;
import io.jigress.testkit.ReceivedResponse;
import io.jigress.testkit.Reply;
import io.jigress.testkit.TestClient;

import io.jigress.testkit.TestUpstream;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// An exception within an exchange ends that exchange only, and is answered at once, whichever event caused it.
@ExtendWith(NoLeaks.class)
@Timeout(30)
class BorderTest {

    /// The event during which the exchange throws.
    enum Entry {
        /// Bytes of the client: the rewrite of the host finds no room left for edits.
        CLIENT,
        /// A resumption from another thread, which fails in the same way.
        RESUMPTION,
        /// The deadline of a wait, likewise.
        DEADLINE,
        /// The upstream's body, for a filter that holds a buffer which was released.
        UPSTREAM
    }

    @ParameterizedTest
    @EnumSource(Entry.class)
    void whatThrowsIsAnsweredWith500AndTheConnectionGoesOn(Entry entry) throws Exception {
        try (TestUpstream upstream = TestUpstream.answering(Reply.chunked(200, "a", "b"));
                GatewayUnderTest gateway = GatewayUnderTest.setup().cluster("up", upstream.address())
                        .route(GatewayUnderTest.route("all", "/",
                                new Forward(List.of(new WeightedCluster("up", 1, List.of())),
                                        new Rewrite("inside.example", null))))
                        .accessLog().filters(TestFilter.of(new Throwing(entry))).start()) {
            try (TestClient client = gateway.connect()) {
                ReceivedResponse response = client.request("GET", "/throw");
                assertThat(response.status()).isEqualTo(500);
                assertThat(client.request("GET", "/fine").text()).isEqualTo("ab");
            }
            assertThat(gateway.closeAndReadLog().getFirst()).contains("\"status\":500,").contains("\"flag\":\"IE\"")
                    .contains("\"reason\":\"internal_error\"");
        }
    }

    @Test
    void whatThrowsBehindTheHeadOfTheResponseEndsTheConnection() {
        HttpFilter late = new HttpFilter() {
            @Override
            public FilterDecision onResponseBody(Exchange exchange, Body body) {
                if (exchange.request().path().equals("/throw")) {
                    body.replace(released());
                }
                return FilterDecision.CONTINUE;
            }
        };
        try (TestUpstream upstream = TestUpstream.named("a");
                GatewayUnderTest gateway = GatewayUnderTest.to(upstream).filters(TestFilter.of(late)).start();
                TestClient client = gateway.connect()) {
            client.send("GET /throw HTTP/1.1\r\nhost: a\r\n\r\n");
            client.readUntilClose();
            assertThat(TestClient.get(gateway.port(), "/fine").text()).isEqualTo("a");
        }
    }

    /// A buffer that a filter must not pass on.
    private static ByteBuf released() {
        ByteBuf bytes = Unpooled.buffer(1).writeByte('x');
        bytes.release();
        return bytes;
    }

    private record Throwing(Entry entry) implements HttpFilter {
        private static final HeaderName LONG = HeaderName.of("x-long");

        @Override
        public FilterDecision onRequestHead(Exchange exchange) {
            if (!exchange.request().path().equals("/throw")) {
                return FilterDecision.CONTINUE;
            }
            return switch (entry) {
                case CLIENT -> {
                    fill(exchange);
                    yield FilterDecision.CONTINUE;
                }
                case RESUMPTION -> {
                    fill(exchange);
                    Resumption resumption = exchange.suspend(Duration.ofSeconds(20), FilterDecision.CONTINUE);
                    Thread.ofVirtual().start(() -> resumption.resume(FilterDecision.CONTINUE));
                    yield new FilterDecision.Wait(resumption);
                }
                case DEADLINE -> {
                    fill(exchange);
                    yield new FilterDecision.Wait(exchange.suspend(Duration.ofMillis(1), FilterDecision.CONTINUE));
                }
                case UPSTREAM -> FilterDecision.CONTINUE;
            };
        }

        @Override
        public FilterDecision onResponseHead(Exchange exchange) {
            return throwsAtResponse(exchange) ? FilterDecision.HOLD_HEAD : FilterDecision.CONTINUE;
        }

        @Override
        public FilterDecision onResponseBody(Exchange exchange, Body body) {
            if (throwsAtResponse(exchange) && !body.last()) {
                body.replace(released());
                return FilterDecision.HOLD_HEAD;
            }
            return FilterDecision.CONTINUE;
        }

        private boolean throwsAtResponse(Exchange exchange) {
            return entry == Entry.UPSTREAM && exchange.request().path().equals("/throw");
        }

        /// Uses all the room for edits, so that none is left for the gateway's own.
        private static void fill(Exchange exchange) {
            for (int length = 1 << 16; length > 0; length /= 2) {
                try {
                    exchange.request().headers().add(LONG, "x".repeat(length));
                } catch (IllegalStateException _) {
                    // The next one is shorter.
                }
            }
        }
    }
}
