package io.jigress.proxy.telemetry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.management.ThreadMXBean;
import io.jigress.proxy.telemetry.AccessLogSettings.Format;
import io.jigress.testkit.Poll;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class AccessLogTest {
    @TempDir private Path folder;
    private final Metrics metrics = new Metrics(MetricsSettings.DEFAULT, "test", "test");

    @Test
    void closeLosesNothing() throws IOException {
        Path file = folder.resolve("access.log");
        LoopMetrics loop = metrics.loop();
        try (AccessLog log = new AccessLog(settings(file, 1 << 16))) {
            AccessLog.Writer writer = log.writer(loop);
            for (int i = 0; i < 100; i++) {
                assertThat(writer.write(Records.served())).isTrue();
            }
        }
        assertThat(Files.readAllLines(file)).hasSize(100)
                .containsOnly(Records.line(LineFormat.of(Format.JSON), Records.served()).strip());
        assertThat(loop.accessLogLines()).isEqualTo(100);
    }

    @Test
    void twoLoopsWriteWholeLinesAndEveryRecordIsWrittenOrCounted() throws Exception {
        Path file = folder.resolve("access.log");
        int records = 50_000;
        List<LoopMetrics> loops = List.of(metrics.loop(), metrics.loop());
        try (AccessLog log = new AccessLog(settings(file, 1 << 15))) {
            CountDownLatch start = new CountDownLatch(2);
            List<Thread> threads = loops.stream().map(loop -> Thread.ofPlatform().start(() -> {
                AccessLog.Writer writer = log.writer(loop);
                AccessRecord record = Records.served();
                start.countDown();
                while (start.getCount() > 0) {
                    Thread.onSpinWait();
                }
                for (int i = 0; i < records; i++) {
                    record.bytesSent(i);
                    record.attempts(loop == loops.getFirst() ? 1 : 2);
                    writer.write(record);
                }
            })).toList();
            for (Thread thread : threads) {
                thread.join();
            }
        }
        long lines = 0;
        long[] last = {-1, -1};
        for (String line : Files.readAllLines(file)) {
            assertThat(line).startsWith("{\"time\"").endsWith("}");
            int loop = line.contains("\"attempts\":1}") ? 0 : 1;
            int at = line.indexOf("\"bytes_sent\":") + 13;
            long number = Long.parseLong(line.substring(at, line.indexOf(',', at)));
            assertThat(number).isGreaterThan(last[loop]);
            last[loop] = number;
            lines++;
        }
        assertThat(lines).isEqualTo(loops.stream().mapToLong(LoopMetrics::accessLogLines).sum());
        for (LoopMetrics loop : loops) {
            assertThat(loop.accessLogLines() + loop.accessLogDropped()).isEqualTo(records);
            assertThat(loop.accessLogLines()).isPositive();
        }
    }

    @Test
    void whenTheFileCannotBeWrittenRecordsAreDroppedAndCounted() {
        LoopMetrics loop = metrics.loop();
        try (AccessLog log = new AccessLog(settings(folder.resolve("missing/access.log"), 4096))) {
            AccessLog.Writer writer = log.writer(loop);
            int taken = 0;
            while (writer.write(Records.served())) {
                taken++;
            }
            assertThat(writer.write(Records.served())).isFalse();
            int line = Records.line(LineFormat.of(Format.JSON), Records.served()).length();
            assertThat(taken).isEqualTo(4096 / line);
            assertThat(loop.accessLogLines()).isEqualTo(taken);
            assertThat(loop.accessLogDropped()).isEqualTo(2);
            assertThat(metrics.text()).contains("\njigress_access_log_dropped_total 2\n");
        }
    }

    @Test
    void reopenFollowsARotation() throws IOException {
        Path file = folder.resolve("access.log");
        try (AccessLog log = new AccessLog(settings(file, 4096))) {
            AccessLog.Writer writer = log.writer(metrics.loop());
            await(file);
            Files.move(file, folder.resolve("access.log.1"));
            log.reopen();
            await(file);
            writer.write(Records.served());
        }
        assertThat(Files.readAllLines(file)).hasSize(1);
    }

    @Test
    void offMeansNoFileNoThreadAndNothingCounted() {
        Path file = folder.resolve("access.log");
        LoopMetrics loop = metrics.loop();
        try (AccessLog log = new AccessLog(new AccessLogSettings(false, file.toString(), Format.JSON, 4096))) {
            assertThat(log.writer(loop).write(Records.served())).isTrue();
            log.reopen();
        }
        assertThat(file).doesNotExist();
        assertThat(loop.accessLogLines()).isZero();
    }

    @Test
    @Tag("suite")
    void fillingCountingAndWritingARecordAllocatesNothing() {
        LoopMetrics loop = metrics.loop();
        RouteStats route = loop.route("r");
        for (Format format : Format.values()) {
            AccessLogSettings settings = new AccessLogSettings(true, folder.resolve(format + ".log").toString(), format, 1 << 20);
            try (AccessLog log = new AccessLog(settings)) {
                AccessLog.Writer writer = log.writer(loop);
                AccessRecord record = new AccessRecord(true);
                handle(10_000, record, writer, loop, route);
                // The JVM may allocate a little once, when it compiles: a record that allocates does so each time.
                long least = Long.MAX_VALUE;
                for (int i = 0; i < 5; i++) {
                    long before = allocatedBytes();
                    handle(10_000, record, writer, loop, route);
                    least = Math.min(least, allocatedBytes() - before);
                }
                // 10,000 records: the rest is allocated by the measurement itself.
                assertThat(least).as("%s", format).isLessThan(5_000);
            }
        }
    }

    @Test
    void settingsStateTheirLimits() {
        assertThatThrownBy(() -> new AccessLogSettings(true, "-", Format.JSON, 1))
                .hasMessageContaining("ringBytes: 1 (expected: 4096");
    }

    private static void handle(int times, AccessRecord record, AccessLog.Writer writer, LoopMetrics loop, RouteStats route) {
        for (int i = 0; i < times; i++) {
            Records.fill(record);
            loop.exchange(route, record);
            writer.write(record);
            record.reset();
        }
    }

    private static long allocatedBytes() {
        return ((ThreadMXBean) ManagementFactory.getThreadMXBean()).getCurrentThreadAllocatedBytes();
    }

    private static void await(Path file) {
        long deadline = System.nanoTime() + 10_000_000_000L;
        while (!Files.exists(file)) {
            assertThat(System.nanoTime()).as("waiting for %s", file).isLessThan(deadline);
            Poll.pause();
        }
    }

    private static AccessLogSettings settings(Path file, int ringBytes) {
        return new AccessLogSettings(true, file.toString(), Format.JSON, ringBytes);
    }
}
