package io.jigress.proxy.exchange;

import static org.assertj.core.api.Assertions.assertThat;

import io.jigress.proxy.loop.Loop;
import io.jigress.proxy.loop.MemoryBudget;
import io.jigress.proxy.telemetry.AccessLog;
import io.jigress.proxy.telemetry.AccessLogSettings;
import io.jigress.proxy.telemetry.LoopMetrics;
import io.jigress.proxy.telemetry.Metrics;
import io.jigress.proxy.telemetry.MetricsSettings;
import io.netty.channel.DefaultEventLoop;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class DeadlinesTest {
    private static final long MILLI = 1_000_000;
    private static final long SILENCE = Duration.ofSeconds(60).toNanos();

    private final LoopMetrics numbers = new Metrics(MetricsSettings.DEFAULT, "test", "test").loop();
    private final AccessLog log = new AccessLog(AccessLogSettings.OFF);
    private final DefaultEventLoop executor = new DefaultEventLoop();
    private long now = 1_000 * SILENCE;
    private final Loop loop = new Loop(0, executor, () -> now, 1, numbers, log.writer(numbers),
            MemoryBudget.ofNetty(256 * 1024, 85, 8, 0));
    private long struck;
    private boolean bySilence;
    private boolean moving;
    private final Deadlines deadlines = new Deadlines(loop, new Deadlines.Expiry() {
        @Override
        public boolean moved() {
            return moving;
        }

        @Override
        public void expired(boolean silence) {
            struck = now;
            bySilence = silence;
        }
    });

    @AfterEach
    void close() {
        executor.shutdownGracefully();
        log.close();
    }

    private void pass(long nanos) {
        for (long end = now + nanos; now < end && struck == 0;) {
            now += 32 * MILLI;
            loop.timers().advance(now);
        }
    }

    @Test
    void aSilenceStrikesBetweenOnceAndOnceAndAFifthItsLengthAfterTheLastSignOfLife() {
        for (long lively = 0; lively < SILENCE; lively += 1_777 * MILLI) {
            struck = 0;
            deadlines.begin(now, 0, SILENCE);
            pass(lively);
            deadlines.touch();
            long last = now;
            pass(2 * SILENCE);
            assertThat(bySilence).isTrue();
            assertThat(struck - last).isBetween(SILENCE, SILENCE * 12 / 10);
        }
    }

    @Test
    void whatTheSystemsTakeIsASignOfLifeToo() {
        deadlines.begin(now, 0, SILENCE);
        moving = true;
        pass(10 * SILENCE);
        assertThat(struck).isZero();
        moving = false;
        long last = now;
        pass(2 * SILENCE);
        assertThat(struck - last).isBetween(SILENCE * 9 / 10, SILENCE * 12 / 10);
    }

    @Test
    void aRequestMayNotTakeLongerThanItsOwnTimeHoweverLively() {
        deadlines.begin(now, 3 * SILENCE, SILENCE);
        moving = true;
        long begun = now;
        pass(10 * SILENCE);
        assertThat(bySilence).isFalse();
        assertThat(struck - begun).isBetween(3 * SILENCE, 3 * SILENCE + 100 * MILLI);
    }
}
