package io.jigress.proxy.tls;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.jigress.proxy.telemetry.HandshakeFailure;
import io.jigress.proxy.telemetry.LoopMetrics;
import io.jigress.proxy.telemetry.Metrics;
import io.jigress.proxy.telemetry.MetricsSettings;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

class HandshakesTest {
    private final AtomicLong clock = new AtomicLong(TimeUnit.HOURS.toNanos(1));
    private final Handshakes handshakes = new Handshakes(2, clock::get);
    private final LoopMetrics metrics = new Metrics(new MetricsSettings(10, 10), "test", "test").loop();
    private final Logger logger = (Logger) LoggerFactory.getLogger(Handshakes.class);
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

    private void fail(HandshakeFailure reason) {
        handshakes.failed(metrics, reason, "listener", "192.0.2.1", "a.test", "");
    }

    @Test
    void theLogHasALineASecondAndReason() {
        fail(HandshakeFailure.TIMEOUT);
        fail(HandshakeFailure.TIMEOUT);
        fail(HandshakeFailure.NOT_TLS);
        fail(HandshakeFailure.TIMEOUT);
        assertThat(lines.list).hasSize(2);
        clock.addAndGet(TimeUnit.SECONDS.toNanos(1));
        fail(HandshakeFailure.TIMEOUT);
        assertThat(lines.list).hasSize(3).allMatch(line -> line.getThrowableProxy() == null);
        assertThat(lines.list.getLast().getFormattedMessage()).isEqualTo(
                "TLS handshake failed on listener: timeout (client 192.0.2.1, server name a.test); 2 more before");
    }

    @Test
    void soManyHandshakesAreUnderWay() {
        assertThat(handshakes.begin()).isTrue();
        assertThat(handshakes.begin()).isTrue();
        assertThat(handshakes.begin()).isFalse();
        handshakes.end();
        assertThat(handshakes.begin()).isTrue();
        assertThat(handshakes.underWay()).isEqualTo(2);
    }
}
