package io.jigress.plugins.wasm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jigress.api.FilterDecision;
import io.jigress.api.Json;
import io.jigress.api.LocalReply;
import io.jigress.plugins.Quarantine;
import io.jigress.plugins.wasm.TestModule.Code;
import io.jigress.testkit.FilterTester;
import io.jigress.testkit.TestExchange;
import java.nio.file.Path;
import java.time.Duration;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What plugins may not do: run for ever, use all memory, trap; and what requests get then.
class LimitsTest {
    private static final int OUT = TestModule.OUT;
    private static final int ATTEMPTS = 20;

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

    private FilterTester start(String strategy, Consumer<Code> requestHeaders) {
        return wasm.start(TestModule.current().requestHeaders(requestHeaders),
                Json.object().put("failStrategy", strategy).build());
    }

    private static void assertFails(FilterTester tester) {
        TestExchange exchange = tester.exchange("GET", "/");
        LocalReply reply = exchange.reply();
        assertThat(reply.status()).isEqualTo(500);
        assertThat(reply.reason()).isEqualTo("wasm_failed");
        assertThat(Thread.currentThread().isInterrupted()).isFalse();
        exchange.complete();
    }

    /// The next request may wait for a new instance.
    private static FilterDecision head(TestExchange exchange) {
        FilterDecision decision = exchange.requestHead();
        return decision instanceof FilterDecision.Wait ? exchange.awaitResumed() : decision;
    }

    /// The best of some attempts: other work on the machine delays the watchdog, too.
    @Test
    void stopsAnEndlessLoopWithin50Milliseconds() {
        Duration best = Duration.ofDays(1);
        for (int i = 0; i < ATTEMPTS && best.compareTo(Duration.ofMillis(50)) > 0; i++) {
            FilterTester tester = start("FAIL_CLOSE", Code::loop);
            long begin = System.nanoTime();
            assertFails(tester);
            Duration taken = Duration.ofNanos(System.nanoTime() - begin);
            best = taken.compareTo(best) < 0 ? taken : best;
            assertThat(tester.services().counted("failures")).isEqualTo(1);
        }
        assertThat(best).isBetween(Duration.ofMillis(20), Duration.ofMillis(50));
    }

    @Test
    void stopsALoopOfHostFunctions() {
        assertFails(start("FAIL_CLOSE", c -> c.loopOf("proxy_get_current_time_nanoseconds", OUT)));
    }

    @Test
    void stopsEndlessRecursion() {
        assertFails(start("FAIL_CLOSE", Code::recurse));
    }

    @Test
    void limitsMemory() {
        TestModule m = TestModule.current().requestHeaders(c -> c.growWithoutEnd(16));
        FilterTester tester = wasm.start(m, Json.object().put("limits", Json.object().put("memory", "4Mi").build()).build());
        assertFails(tester);
    }

    @Test
    void refusesAModuleThatBeginsWithTooMuchMemory() {
        TestModule m = TestModule.current().pages(100, 100).requestHeaders(c -> {});
        Json.Obj limits = Json.object().put("limits", Json.object().put("memory", "1Mi").build()).build();
        assertThatThrownBy(() -> wasm.start(m, limits))
                .hasMessageContaining("needs 6553600 bytes of memory to begin with, and may use 1048576");
    }

    @Test
    void leavesAFailingPluginOut() {
        FilterTester tester = start("FAIL_OPEN", Code::trap);
        assertThat(head(tester.exchange("GET", "/"))).isInstanceOf(FilterDecision.SkipBody.class);
    }

    @Test
    void passesOnWhatAFailingPluginHadBuffered() {
        TestModule m = TestModule.current();
        m.requestBody(c -> c.ifParameter(2, 0).returns(1).end().trap());
        FilterTester tester = wasm.start(m, Json.object().put("failStrategy", "FAIL_OPEN").build());
        TestExchange exchange = tester.exchange("POST", "/", "content-length: 6");
        head(exchange);
        assertThat(exchange.requestBody("abc", false).data()).isEmpty();
        assertThat(exchange.requestBody("def", true).data()).isEqualTo("abcdef");
        tester.advance(Duration.ZERO);
        assertThat(exchange.requestSent().isOver()).isTrue();
    }

    @Test
    void aTrapFailsTheOtherExchangesOfTheInstanceToo() {
        TestModule m = TestModule.current();
        m.requestHeaders(c -> c.ifParameter(0, 3).trap().end().returns(3));
        FilterTester tester = wasm.start(m);
        TestExchange waiting = tester.exchange("GET", "/");
        assertThat(waiting.requestHead()).isInstanceOf(FilterDecision.Wait.class);
        assertFails(tester);
        assertThat(waiting.awaitResumed()).isInstanceOf(FilterDecision.Reply.class);
    }

    @Test
    void anotherInstanceServesAfterATrap() {
        TestModule m = TestModule.current();
        // Traps in the second exchange of an instance.
        m.requestHeaders(c -> c.ifParameter(0, 3).trap().end());
        FilterTester tester = wasm.start(m);
        assertThat(head(tester.exchange("GET", "/"))).isNotInstanceOf(FilterDecision.Reply.class);
        assertFails(tester);
        assertThat(head(tester.exchange("GET", "/"))).isNotInstanceOf(FilterDecision.Reply.class);
    }

    @Test
    void quarantinesAPluginThatFailsRepeatedly() {
        FilterTester tester = start("FAIL_CLOSE", Code::trap);
        for (int i = 0; i < Quarantine.FAILURES; i++) {
            FilterDecision decision = head(tester.exchange("GET", "/"));
            assertThat(((FilterDecision.Reply) decision).reply().status()).isEqualTo(500);
        }
        LocalReply reply = tester.exchange("GET", "/").reply();
        assertThat(reply.status()).isEqualTo(503);
        assertThat(reply.reason()).isEqualTo("wasm_not_working");
        assertThat(tester.services().counted("quarantines")).isEqualTo(1);
        tester.advance(Duration.ofSeconds(1));
        assertThat(((FilterDecision.Reply) head(tester.exchange("GET", "/"))).reply().status()).isEqualTo(500);
        assertThat(tester.exchange("GET", "/").reply().status()).isEqualTo(503);
        tester.advance(Duration.ofSeconds(1));
        assertThat(tester.exchange("GET", "/").reply().status()).as("the second pause is twice as long").isEqualTo(503);
    }

    @Test
    void boundsSharedData() {
        TestModule m = TestModule.current().pages(20, 20);
        m.requestHeaders(c -> {
            for (int i = 0; i < 16; i++) {
                c.imported("env", "proxy_set_shared_data", "iiiii:i", m.text("k" + i), 65_536, 1024 * 1024, 0);
            }
            c.hostReturns("proxy_set_shared_data", 10, m.text("last"), 65_536, 1024 * 1024, 0);
        });
        assertThat(head(wasm.start(m).exchange("GET", "/"))).isNotInstanceOf(FilterDecision.Reply.class);
    }
}
