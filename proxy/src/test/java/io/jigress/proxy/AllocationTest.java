package io.jigress.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import io.jigress.api.CallLimits;
import io.jigress.api.CallRequest;
import io.jigress.api.Exchange;
import io.jigress.api.FilterDecision;
import io.jigress.api.HeaderName;
import io.jigress.api.HttpFilter;
import io.jigress.api.Json;
import io.jigress.api.ResponseHead;
import io.jigress.api.Resumption;
import io.jigress.api.Services;
import io.jigress.api.TaskResult;
import io.jigress.api.UpstreamCall;
import io.jigress.testkit.Reply;
import io.jigress.testkit.TestClient;
import io.jigress.testkit.TestUpstream;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/// What the event loop allocates on the heap for a request in the steady state. Leak detection allocates, so it is off here.
@Tag("suite")
class AllocationTest {
    /// Requests of a round; the first is not measured.
    private static final int ROUND = 5_000;
    private static final String[] BROWSER = {"host: shop.example",
        "user-agent: Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0",
        "accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "accept-language: en-US,en;q=0.5",
        "accept-encoding: gzip, deflate, br", "cookie: session=0123456789abcdef; theme=dark", "upgrade-insecure-requests: 1",
        "sec-fetch-dest: document", "sec-fetch-mode: navigate", "cache-control: max-age=0"};

    private static final HeaderName USER = HeaderName.of("x-user");
    private static final CallLimits LIMITS = CallLimits.within(Duration.ofSeconds(10));

    private static double waitAlone;
    @RegisterExtension private static final LoopAllocations ALLOCATIONS = new LoopAllocations();

    @Test
    void anUneditedRequestAllocatesAlmostNothing() {
        try (TestUpstream upstream = TestUpstream
                .answering(Reply.ok("x".repeat(1024), "content-type: text/plain", "server: test"))) {
            assertThat(bytesPerRequest(GatewayUnderTest.to(upstream), 128)).isLessThanOrEqualTo(128);
        }
    }

    @Test
    void aRequestWithTheAccessLogOnAllocatesAlmostNothing() {
        try (TestUpstream upstream = TestUpstream
                .answering(Reply.ok("x".repeat(1024), "content-type: text/plain", "server: test"))) {
            assertThat(bytesPerRequest(GatewayUnderTest.to(upstream).accessLog(), 128)).isLessThanOrEqualTo(128);
        }
    }

    @Test
    void aRequestWithHeaderEditsAllocatesLittle() {
        HeaderName added = HeaderName.of("x-added");
        HeaderName theme = HeaderName.of("cookie");
        HeaderName server = HeaderName.of("server");
        HttpFilter filter = new HttpFilter() {
            @Override
            public FilterDecision onRequestHead(Exchange exchange) {
                exchange.request().headers().set(added, "a value of some length");
                exchange.request().headers().remove(theme);
                return FilterDecision.CONTINUE;
            }

            @Override
            public FilterDecision onResponseHead(Exchange exchange) {
                ResponseHead head = exchange.response();
                if (head != null) {
                    head.headers().set(server, "gateway");
                    head.headers().add(added, "another value");
                }
                return FilterDecision.CONTINUE;
            }
        };
        try (TestUpstream upstream = TestUpstream
                .answering(Reply.ok("x".repeat(1024), "content-type: text/plain", "server: test"))) {
            assertThat(bytesPerRequest(GatewayUnderTest.to(upstream).filters(TestFilter.of(filter)), 1024))
                    .isLessThanOrEqualTo(1024);
        }
    }

    /// Waits in the filter, and continues from the loop's queue: the part that all rows below have in common.
    private static FilterDecision waiting(Exchange exchange, Consumer<Runnable> begin) {
        Resumption resumption = exchange.suspend(Duration.ofSeconds(10), FilterDecision.CONTINUE);
        begin.accept(() -> resumption.resume(FilterDecision.CONTINUE));
        return new FilterDecision.Wait(resumption);
    }

    private static double withFilter(StepFilter filter, double enough, UnaryOperator<GatewayUnderTest.Setup> more) {
        try (TestUpstream upstream = TestUpstream
                .answering(Reply.ok("x".repeat(1024), "content-type: text/plain", "server: test"))) {
            return bytesPerRequest(more.apply(GatewayUnderTest.to(upstream)).filters(filter), enough);
        }
    }

    /// A filter that waits and does nothing else.
    private static synchronized double waitAlone() {
        if (waitAlone == 0) {
            waitAlone = withFilter(StepFilter.each((_, exchange) -> waiting(exchange, Runnable::run)), 0, setup -> setup);
        }
        return waitAlone;
    }

    @Test
    void aCallOfAFilterAllocatesWhatIsStated() {
        double alone = waitAlone();
        try (TestUpstream auth = TestUpstream
                .answering(Reply.of(200, "", "x-user: 7", "cache-control: no-store", "server: auth"))) {
            double all = withFilter(StepFilter.each((services, exchange) -> waiting(exchange, then -> {
                CallRequest request = CallRequest.of("GET", "auth.example", "/check").with(USER, "7");
                services.callers().unary("auth", request, Unpooled.EMPTY_BUFFER, LIMITS, 1000, _ -> then.run());
            })), alone + 1024, setup -> setup.cluster("auth", auth.address()));
            System.out.println(
                    "a unary call allocates " + Math.round(all - alone) + " bytes beside the wait's " + Math.round(alone));
            assertThat(all - alone).isLessThanOrEqualTo(1024);
        }
    }

    @Test
    void aMessageOnAChannelAllocatesWhatIsStated() throws IOException {
        double alone = waitAlone();
        try (TcpServer redis = TcpServer.start(TcpServer::answerPings)) {
            double all = withFilter(StepFilter.with(Pings::new), alone + 160,
                    setup -> setup.cluster("redis", "tcp", Json.Obj.EMPTY, redis.address()));
            assertThat(all - alone).isLessThanOrEqualTo(160);
        }
    }

    /// Sends a PING with each request and continues at the PONG.
    private static final class Pings extends EventSink implements HttpFilter {
        private static final ByteBuf PING = Unpooled
                .unreleasableBuffer(
                        Unpooled.directBuffer().writeBytes("*1\r\n$4\r\nPING\r\n".getBytes(StandardCharsets.US_ASCII)));
        private final Services services;
        private @Nullable UpstreamCall channel;
        private @Nullable Runnable asked;

        Pings(Services services) {
            this.services = services;
        }

        @Override
        public FilterDecision onRequestHead(Exchange exchange) {
            return waiting(exchange, then -> {
                UpstreamCall open = channel;
                if (open == null) {
                    open = services.callers().channel("redis", CallLimits.NO_DEADLINE, this);
                    channel = open;
                }
                asked = then;
                open.body(PING.duplicate(), false);
            });
        }

        @Override
        public void body(ByteBuf data, boolean last) {
            data.release();
            Runnable then = asked;
            asked = null;
            if (then != null) {
                then.run();
            }
        }
    }

    @Test
    void aBlockingTaskAllocatesWhatIsStatedOnTheEventLoop() {
        double alone = waitAlone();
        double all = withFilter(StepFilter.each((services, exchange) -> waiting(exchange,
                then -> services.blocking(() -> 7, Duration.ofSeconds(10), (TaskResult<Integer> _) -> then.run()))),
                alone + 768, setup -> setup);
        assertThat(all - alone).isLessThanOrEqualTo(768);
    }

    /// @param enough see [LoopAllocations#least]
    private static double bytesPerRequest(GatewayUnderTest.Setup setup, double enough) {
        Set<Long> earlier = LoopAllocations.threads();
        try (GatewayUnderTest gateway = setup.start(); TestClient client = gateway.connect()) {
            byte[] request = (TestClient.head("GET", "/a/b?c=d", BROWSER) + "\r\n").getBytes(StandardCharsets.US_ASCII);
            return ALLOCATIONS.least(LoopAllocations.loop(earlier), ROUND, enough, () -> run(client, request, ROUND));
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    private static void run(TestClient client, byte[] request, int times) {
        for (int i = 0; i < times; i++) {
            client.send(request);
            if (client.readResponse().status() != 200) {
                throw new AssertionError("a request failed");
            }
        }
    }
}
