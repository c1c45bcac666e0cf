package io.jigress.proxy.tls;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.jigress.proxy.telemetry.LoopMetrics;
import io.jigress.proxy.telemetry.Metrics;
import io.jigress.proxy.telemetry.MetricsSettings;
import io.jigress.proxy.telemetry.UpstreamTlsFailure;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

class UpstreamHandshakesTest {
    private final AtomicLong clock = new AtomicLong(TimeUnit.HOURS.toNanos(1));
    private final UpstreamHandshakes handshakes = new UpstreamHandshakes(clock::get);
    private final LoopMetrics metrics = new Metrics(new MetricsSettings(10, 10), "test", "test").loop();
    private final Logger logger = (Logger) LoggerFactory.getLogger(UpstreamHandshakes.class);
    private final ListAppender<ILoggingEvent> lines = new ListAppender<>();

    @BeforeEach
    void listen() {
        lines.start();
        logger.addAppender(lines);
        logger.setLevel(Level.INFO);
    }

    @AfterEach
    void stop() {
        logger.detachAppender(lines);
        logger.setLevel(null);
    }

    private void fail(UpstreamTlsFailure reason) {
        handshakes.failed(metrics, reason, "Service default/cart:443", "10.0.0.1:443", "cart.test", "why");
    }

    @Test
    void theLogHasALineASecondAndReasonWithoutAStackTrace() {
        fail(UpstreamTlsFailure.TIMEOUT);
        fail(UpstreamTlsFailure.TIMEOUT);
        fail(UpstreamTlsFailure.NOT_TLS);
        assertThat(lines.list).hasSize(2);
        clock.addAndGet(TimeUnit.SECONDS.toNanos(1));
        fail(UpstreamTlsFailure.TIMEOUT);
        assertThat(lines.list).hasSize(3).allMatch(line -> line.getThrowableProxy() == null);
        assertThat(lines.list.getLast().getFormattedMessage()).isEqualTo(
                "TLS handshake with 10.0.0.1:443 of Service default/cart:443 failed: timeout (server name cart.test), why; 1 more before");
    }
}
