package io.jigress.plugins.wasm;

import static org.assertj.core.api.Assertions.assertThat;

import io.jigress.api.FilterDecision;
import io.jigress.api.Json;
import io.jigress.api.LocalReply;
import io.jigress.testkit.FilterTester;
import io.jigress.testkit.HeaderList;
import io.jigress.testkit.TestExchange;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// How pauses, buffering and answers of plugins become decisions of the filter; the statuses are those of Envoy.
class FlowTest {
    private static final int OUT = TestModule.OUT;
    private static final int STOP_ITERATION = 1;
    private static final int CONTINUE_AND_END = 2;
    private static final int STOP_ALL_AND_BUFFER = 3;
    private static final int STOP_AND_BUFFER = 1;
    private static final int STOP_AND_WATERMARK = 2;
    private static final int STOP_NO_BUFFER = 3;

    @TempDir private Path folder;
    private WasmTester wasm;

    @BeforeEach
    void begin() {
        wasm = new WasmTester(folder);
    }

    @AfterEach
    void end() {
        wasm.close();
    }

    private static void assertGoesOn(FilterDecision decision) {
        assertThat(decision).isInstanceOfAny(FilterDecision.Continue.class, FilterDecision.SkipBody.class);
    }

    private static void assertReply(FilterDecision decision, int status, String reason) {
        assertThat(decision).isInstanceOf(FilterDecision.Reply.class);
        LocalReply reply = ((FilterDecision.Reply) decision).reply();
        assertThat(reply.status()).isEqualTo(status);
        assertThat(reply.reason()).isEqualTo(reason);
    }

    /// A plugin that ticks after 100 ms and then resumes the request or the response of the first exchange.
    private static TestModule resuming(int stream) {
        TestModule m = TestModule.current();
        m.configure(c -> c.host("proxy_set_tick_period_milliseconds", 100).returns(1));
        m.function("proxy_on_tick", "i:", c -> c.host("proxy_set_effective_context", 2).host("proxy_continue_stream", stream)
                .host("proxy_set_tick_period_milliseconds", 0));
        return m;
    }

    private TestExchange post(FilterTester tester) {
        TestExchange exchange = tester.exchange("POST", "/", "content-length: 6");
        assertGoesOn(exchange.requestHead());
        return exchange;
    }

    @Test
    void buffersABodyUntilItsEnd() {
        TestModule m = TestModule.current();
        m.requestBody(c -> c.ifParameter(2, 0).returns(STOP_AND_BUFFER).end()
                .host("proxy_get_buffer_bytes", 0, 0, 100, OUT, OUT + 4).expectText(OUT, "abcdef")
                .host("proxy_set_buffer_bytes", 0, 0, 100, m.text("whole")));
        TestExchange exchange = post(wasm.start(m));
        assertThat(exchange.requestBody("abc", false).data()).isEmpty();
        assertThat(exchange.requestBody("def", true).data()).isEqualTo("whole");
    }

    @Test
    void tellsTheLengthOfAllThatIsBuffered() {
        TestModule m = TestModule.current();
        m.requestBody(c -> c.ifParameter(1, 6).returns(0).end().returns(STOP_AND_WATERMARK));
        TestExchange exchange = post(wasm.start(m));
        assertThat(exchange.requestBody("abc", false).data()).isEmpty();
        assertThat(exchange.requestBody("def", false).data()).isEqualTo("abcdef");
        assertThat(exchange.requestBody("ghi", false).data()).isEmpty();
    }

    @Test
    void sendsWhatIsBufferedWhenThePluginResumesBetweenTwoParts() {
        TestModule m = resuming(0);
        m.requestBody(c -> c.ifEqual(128, 0).add(128, 1).returns(STOP_AND_BUFFER).end());
        FilterTester tester = wasm.start(m);
        TestExchange exchange = post(tester);
        assertThat(exchange.requestBody("abc", false).data()).isEmpty();
        tester.advance(Duration.ofMillis(100));
        assertThat(exchange.requestSent().text()).isEqualTo("abc");
        assertThat(exchange.requestBody("def", true).data()).isEqualTo("def");
        tester.advance(Duration.ZERO);
        assertThat(exchange.requestSent().isOver()).isTrue();
    }

    @Test
    void endsABodyThatItTookOverWithItsTrailers() {
        TestModule m = resuming(0);
        m.requestBody(c -> c.ifEqual(128, 0).add(128, 1).returns(STOP_AND_BUFFER).end());
        m.function("proxy_on_request_trailers", "ii:i",
                c -> c.host("proxy_add_header_map_value", 1, m.text("x-more"), m.text("1")));
        FilterTester tester = wasm.start(m);
        TestExchange exchange = post(tester);
        exchange.requestBody("abc", false);
        exchange.requestBody("def", true);
        assertGoesOn(exchange.requestTrailers(HeaderList.of("x-end: 1")));
        assertThat(exchange.requestSent().trailers()).hasSize(2);
    }

    @Test
    void pausesTheLastPart() {
        TestModule m = resuming(0);
        m.requestBody(c -> c.returns(STOP_AND_BUFFER));
        FilterTester tester = wasm.start(m);
        TestExchange exchange = post(tester);
        exchange.requestBody("abc", false);
        assertThat(exchange.requestBody("def", true).decision()).isInstanceOf(FilterDecision.Wait.class);
        tester.advance(Duration.ofMillis(100));
        TestExchange.BodyResult result = exchange.awaitResumedBody();
        assertGoesOn(result.decision());
        assertThat(result.data()).isEqualTo("abcdef");
    }

    @Test
    void dropsWhatIsNotBuffered() {
        TestModule m = TestModule.current();
        m.requestBody(c -> c.ifParameter(2, 0).returns(STOP_NO_BUFFER).end());
        TestExchange exchange = post(wasm.start(m));
        assertThat(exchange.requestBody("abc", false).data()).isEmpty();
        assertThat(exchange.requestBody("def", true).data()).isEqualTo("def");
    }

    @Test
    void refusesABodyThatIsTooLongToBuffer() {
        TestModule m = TestModule.current();
        m.requestBody(c -> c.returns(STOP_AND_BUFFER));
        TestExchange exchange = post(wasm.start(m));
        exchange.requestBody("x".repeat(60_000), false);
        assertReply(exchange.requestBody("x".repeat(6_000), false).decision(), 413, "wasm_body_too_large");
    }

    @Test
    void dropsTheBodyAfterContinueAndEndStream() {
        TestModule m = TestModule.current();
        m.requestHeaders(c -> c.returns(CONTINUE_AND_END));
        m.requestBody(TestModule.Code::trap);
        TestExchange exchange = post(wasm.start(m));
        assertThat(exchange.requestBody("abc", true).data()).isEmpty();
    }

    @Test
    void stopIterationPausesTheBodyTooAsInEnvoy() {
        TestModule m = resuming(0);
        m.requestHeaders(c -> c.returns(STOP_ITERATION));
        m.requestBody(c -> c.host("proxy_set_buffer_bytes", 0, 0, 100, m.text("new")));
        FilterTester tester = wasm.start(m);
        TestExchange exchange = tester.exchange("POST", "/", "content-length: 6");
        assertThat(exchange.requestHead()).isInstanceOf(FilterDecision.Wait.class);
        tester.advance(Duration.ofMillis(100));
        assertGoesOn(exchange.awaitResumed());
        assertThat(exchange.requestBody("abcdef", true).data()).isEqualTo("new");
    }

    @Test
    void stopIterationHoldsTheHeadAloneInTheAbiOfHigress() {
        TestModule m = TestModule.abi("0_2_100");
        m.requestHeaders(c -> c.returns(STOP_ITERATION));
        m.requestBody(c -> c.ifParameter(2, 0).returns(STOP_AND_BUFFER).end()
                .host("proxy_add_header_map_value", 0, m.text("x-late"), m.text("1")));
        TestExchange exchange = wasm.start(m).exchange("POST", "/", "content-length: 6");
        assertThat(exchange.requestHead()).isInstanceOf(FilterDecision.HoldHead.class);
        assertThat(exchange.requestBody("abc", false).decision()).isInstanceOf(FilterDecision.HoldHead.class);
        assertGoesOn(exchange.requestBody("abcdef", true).decision());
        assertThat(exchange.requestHeaders().all("x-late")).containsExactly("1");
    }

    @Test
    void answersAPausedRequestLater() {
        TestModule m = TestModule.current();
        m.configure(c -> c.host("proxy_set_tick_period_milliseconds", 100).returns(1));
        m.requestHeaders(c -> c.returns(STOP_ALL_AND_BUFFER));
        m.function("proxy_on_tick", "i:", c -> c.host("proxy_set_effective_context", 2)
                .host("proxy_send_local_response", 401, m.text("late"), m.text("no"), m.pairs(), -1)
                .host("proxy_set_tick_period_milliseconds", 0));
        FilterTester tester = wasm.start(m);
        TestExchange exchange = tester.exchange("GET", "/");
        assertThat(exchange.requestHead()).isInstanceOf(FilterDecision.Wait.class);
        tester.advance(Duration.ofMillis(100));
        assertReply(exchange.awaitResumed(), 401, "late");
    }

    @Test
    void pausesAndEditsResponses() {
        TestModule m = resuming(1);
        m.responseHeaders(
                c -> c.host("proxy_add_header_map_value", 2, m.text("x-seen"), m.text("1")).returns(STOP_ALL_AND_BUFFER));
        FilterTester tester = wasm.start(m);
        TestExchange exchange = tester.exchange("GET", "/");
        assertGoesOn(exchange.requestHead());
        assertThat(exchange.respond(200, "content-length: 3")).isInstanceOf(FilterDecision.Wait.class);
        tester.advance(Duration.ofMillis(100));
        assertGoesOn(exchange.awaitResumed());
        assertThat(exchange.responseHeaders().all("x-seen")).containsExactly("1");
    }

    @Test
    void pausesTrailers() {
        TestModule m = resuming(1);
        m.responseHeaders(c -> {});
        m.function("proxy_on_response_trailers", "ii:i", c -> c.returns(1));
        FilterTester tester = wasm.start(m);
        TestExchange exchange = tester.exchange("GET", "/");
        assertGoesOn(exchange.requestHead());
        assertGoesOn(exchange.respond(200));
        assertThat(exchange.responseTrailers(HeaderList.of("x-end: 1"))).isInstanceOf(FilterDecision.Wait.class);
        tester.advance(Duration.ofMillis(100));
        assertGoesOn(exchange.awaitResumed());
    }

    @Test
    void aSecondResumptionHasNoEffect() {
        TestModule m = TestModule.current();
        m.configure(c -> c.host("proxy_set_tick_period_milliseconds", 100).returns(1));
        m.requestHeaders(c -> c.returns(1));
        m.function("proxy_on_tick", "i:", c -> c.host("proxy_set_effective_context", 2).host("proxy_continue_stream", 0)
                .host("proxy_continue_stream", 0));
        FilterTester tester = wasm.start(m);
        TestExchange exchange = tester.exchange("GET", "/");
        assertThat(exchange.requestHead()).isInstanceOf(FilterDecision.Wait.class);
        tester.advance(Duration.ofMillis(100));
        assertGoesOn(exchange.awaitResumed());
        tester.advance(Duration.ofMillis(100));
        assertGoesOn(exchange.respond(200, "content-length: 0"));
        tester.advance(Duration.ofMillis(100));
        assertThat(tester.services().counted("failures")).isZero();
    }

    @Test
    void aPauseThatLastsTooLongIsAFailure() {
        TestModule m = TestModule.current();
        m.requestHeaders(c -> c.returns(STOP_ALL_AND_BUFFER));
        FilterTester tester = wasm.start(m, Json.object().put("limits", Json.object().put("pause", "2s").build()).build());
        TestExchange exchange = tester.exchange("GET", "/");
        exchange.requestHead();
        tester.advance(Duration.ofSeconds(2));
        assertReply(exchange.awaitResumed(), 500, "wasm_failed");
        assertThat(tester.services().counted("pauses_expired")).isEqualTo(1);
    }

    @Test
    void anAnswerToGrpcIsAStatus() {
        TestModule m = TestModule.current();
        m.requestHeaders(c -> c.host("proxy_send_local_response", 403, m.text(""), m.text("not you"), m.pairs(), 7));
        LocalReply reply = wasm.start(m).exchange("POST", "/a.B/C", "content-type: application/grpc").reply();
        assertThat(reply.status()).isEqualTo(200);
        assertThat(reply.headers()).extracting(header -> header.getKey() + ": " + header.getValue())
                .containsExactly("content-type: application/grpc", "grpc-status: 7", "grpc-message: not you");
    }
}
