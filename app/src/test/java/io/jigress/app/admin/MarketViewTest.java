package io.jigress.app.admin;

import static org.assertj.core.api.Assertions.assertThat;

import io.jigress.app.market.Market;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class MarketViewTest {
    private static final Market NONE = new Market(List.of(), List.of());

    @Test
    void indexesAreReadInTheBackgroundAndAgainWhenTheyAreOld() {
        CountDownLatch slow = new CountDownLatch(1);
        AtomicInteger read = new AtomicInteger();
        AtomicLong nanos = new AtomicLong();
        MarketView view = new MarketView(() -> NONE, () -> {
            try {
                slow.await();
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
            return new Market(List.of(), List.of("reading " + read.incrementAndGet()));
        }, nanos::get);

        assertThat(view.list().toString()).contains("\"reading\":true", "\"problems\":[]");
        slow.countDown();
        await(() -> view.list().toString().contains("\"reading\":false,\"plugins\":[],\"problems\":[\"reading 1\"]"));
        assertThat(view.plugin("none")).isNull();

        nanos.addAndGet(TimeUnit.MINUTES.toNanos(2));
        await(() -> view.list().toString().contains("reading 2"));
        assertThat(read).hasValue(2);
    }

    @Test
    void withoutIndexesNothingIsRead() {
        MarketView view = new MarketView(() -> NONE, null, System::nanoTime);
        assertThat(view.list().toString()).isEqualTo("{\"reading\":false,\"plugins\":[],\"problems\":[]}");
    }

    private static void await(BooleanSupplier condition) {
        while (!condition.getAsBoolean()) {
            LockSupport.parkNanos(1_000_000);
        }
    }
}
