package io.jigress.sentinel;

import static org.assertj.core.api.Assertions.assertThat;

import io.jigress.api.FilterDecision;
import io.jigress.api.LocalReply;
import io.jigress.sentinel.engine.SentinelEngine;
import io.jigress.testkit.FilterTester;
import io.jigress.testkit.TestExchange;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// System rules about load and CPU, on the machine as it is while threads of the test use it.
class MachineRulesTest {
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private SentinelClock clock;

    @BeforeEach
    void stopTheClock() {
        clock = SentinelClock.stop();
    }

    @AfterEach
    void letTheClockGo() {
        clock.close();
    }

    @Test
    void aRuleOnTheCpuRefusesWhileThreadsUseMoreOfIt() {
        FilterTester limited = start("{'systemRules': [{'highestCpuUsage': 0.2}]}");
        FilterTester free = start("{'systemRules': [{'highestCpuUsage': 1}]}");
        try (Busy _ = new Busy(Runtime.getRuntime().availableProcessors())) {
            until("more than a fifth of the CPU is in use", () -> {
                limited.advance(Duration.ofSeconds(1));
                free.advance(Duration.ofSeconds(1));
                assertThat(passes(exchange(free))).as("all of the CPU is allowed").isTrue();
                return !passes(exchange(limited));
            });
            LocalReply reply = exchange(limited).reply();
            assertThat(reply.status()).isEqualTo(503);
            assertThat(reply.reason()).isEqualTo("sentinel_system");
        }
    }

    @Test
    void aRuleOnTheLoadRefusesWhatExceedsTheRequestsThatTheMachineHasServed() {
        FilterTester limited = start("{'systemRules': [{'highestSystemLoad': 0.01}]}");
        FilterTester free = start("{'systemRules': [{'highestSystemLoad': 1000000}]}");
        List<TestExchange> open = new ArrayList<>();
        try (Busy _ = new Busy(1)) {
            // Linux counts the threads that want to run every 5 s: one of them adds 0.08.
            until("the load is above 0.01",
                    () -> ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage() > 0.01);
            limited.advance(Duration.ofSeconds(1));
            free.advance(Duration.ofSeconds(1));
            TestExchange next = exchange(limited);
            while (passes(next)) {
                open.add(next);
                assertThat(passes(exchange(free))).as("the load is allowed").isTrue();
                assertThat(open).as("in flight").hasSizeLessThan(100);
                next = exchange(limited);
            }
        }
        // Until requests have ended, Sentinel assumes two in a second that take 5 s each.
        assertThat(open).hasSize(11);
        assertThat(exchange(limited).reply().reason()).isEqualTo("sentinel_system");
        open.removeLast().complete();
        assertThat(exchange(limited).requestHead()).as("one that ended at once shows that it takes no time")
                .isInstanceOf(FilterDecision.Reply.class);
        open.forEach(TestExchange::complete);
        assertThat(passes(exchange(limited))).as("none in flight").isTrue();
    }

    private static FilterTester start(String config) {
        return FilterTester.start(SentinelFactory.of(new SentinelEngine(), RuleFeed.NONE), config);
    }

    private static TestExchange exchange(FilterTester tester) {
        return tester.exchange("GET", "/").route("r");
    }

    private static boolean passes(TestExchange exchange) {
        return exchange.requestHead().equals(FilterDecision.CONTINUE);
    }

    private static void until(String what, BooleanSupplier condition) {
        long end = System.nanoTime() + PATIENCE.toNanos();
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime() - end).as("%s within %s", what, PATIENCE).isNegative();
            LockSupport.parkNanos(10_000_000);
        }
    }

    /// Threads that do nothing but use CPU time.
    private static final class Busy implements AutoCloseable {
        private final AtomicBoolean over = new AtomicBoolean();

        Busy(int count) {
            for (int i = 0; i < count; i++) {
                Thread.ofPlatform().daemon().start(() -> {
                    while (!over.get()) {
                        Thread.onSpinWait();
                    }
                });
            }
        }

        @Override
        public void close() {
            over.set(true);
        }
    }
}
