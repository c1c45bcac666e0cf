package io.jigress.app.run;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class WarmupTest {
    private final AtomicInteger waiting = new AtomicInteger(2);
    private final AtomicLong time = new AtomicLong(Long.MAX_VALUE - 10);
    private final Warmup warmup = new Warmup(waiting::get, Duration.ofNanos(100), time::get);

    @Test
    void isOverWhenNothingWaitsAndStaysSo() {
        warmup.begin();
        assertThat(warmup.over()).isFalse();
        waiting.set(0);
        assertThat(warmup.over()).isTrue();
        waiting.set(1);
        assertThat(warmup.over()).as("a later change that waits").isTrue();
    }

    @Test
    void isOverWhenItHasTakenAsLongAsItMay() {
        time.addAndGet(500);
        warmup.begin();
        time.addAndGet(99);
        assertThat(warmup.over()).isFalse();
        time.addAndGet(1);
        assertThat(warmup.over()).isTrue();
    }
}
