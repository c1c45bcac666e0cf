package io.jigress.proxy.loop;

import static org.assertj.core.api.Assertions.assertThat;

import io.jigress.proxy.telemetry.AccessLog;
import io.jigress.proxy.telemetry.AccessLogSettings;
import io.jigress.proxy.telemetry.LoopMetrics;
import io.jigress.proxy.telemetry.Metrics;
import io.jigress.proxy.telemetry.MetricsSettings;
import io.netty.channel.EventLoop;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class LoopTest {

    @Test
    void aTimeoutThatThrowsDoesNotEndTheOthers() throws InterruptedException {
        MultiThreadIoEventLoopGroup group = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
        LoopMetrics numbers = new Metrics(MetricsSettings.DEFAULT, "test", "test").loop();
        try (AccessLog log = new AccessLog(AccessLogSettings.OFF)) {
            Loop loop = new Loop(0, (EventLoop) group.next(), System::nanoTime, 1, numbers, log.writer(numbers),
                    MemoryBudget.ofNetty(256 * 1024, 85, 8, 0));
            CountDownLatch later = new CountDownLatch(1);
            loop.executor().execute(() -> {
                loop.start();
                loop.timers().set(timeout(() -> {
                    throw new IllegalStateException("as planned");
                }), loop.nanoTime() + TimerWheel.TICK_NANOS);
                loop.timers().set(timeout(later::countDown), loop.nanoTime() + 4 * TimerWheel.TICK_NANOS);
            });
            assertThat(later.await(20, TimeUnit.SECONDS)).isTrue();
        } finally {
            group.shutdownGracefully(0, 5, TimeUnit.SECONDS).awaitUninterruptibly();
        }
    }

    private static Timeout timeout(Runnable action) {
        return new Timeout() {
            @Override
            protected void expired() {
                action.run();
            }
        };
    }
}
