package io.jigress.proxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.jigress.config.RouteOptions;
import io.jigress.proxy.telemetry.AccessLogSettings;
import io.jigress.proxy.telemetry.AccessLogSettings.Format;
import io.jigress.testkit.TestClient;
import io.jigress.testkit.TestUpstream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// The access log under traffic, with files that can be written and files that cannot.
@Timeout(60)
class LiveAccessLogTest {
    private static final String DROPPED = "jigress_access_log_dropped_total";
    private static final String TAKEN = "jigress_access_log_lines_total";
    private static final int RING_BYTES = 16 * 1024;

    @TempDir private Path folder;

    /// For a test in which no line may be dropped: the writing thread may not be scheduled for a while.
    private static final int ROOMY_BYTES = 16 << 20;

    private static AccessLogSettings to(Path file) {
        return new AccessLogSettings(true, file.toString(), Format.JSON, RING_BYTES);
    }

    private static int ask(TestClient client, int times) {
        for (int i = 0; i < times; i++) {
            assertThat(client.request("GET", "/").status()).isEqualTo(200);
        }
        return times;
    }

    /// A line is written after its response was sent, so the client may be earlier.
    private static void awaitCounted(GatewayUnderTest gateway, int asked) {
        double counted = gateway.metric(TAKEN) + gateway.metric(DROPPED);
        while (counted < asked) {
            counted = gateway.metric(TAKEN) + gateway.metric(DROPPED);
        }
        assertThat(counted).isEqualTo(asked);
    }

    @Test
    void aFileThatIsMovedAwayIsMadeAnewAndNoLineIsLost() throws IOException {
        Path file = folder.resolve("access.log");
        Path moved = folder.resolve("access.log.1");
        int asked = 0;
        try (TestUpstream upstream = TestUpstream.named("a")) {
            try (GatewayUnderTest gateway = GatewayUnderTest.to(upstream)
                    .accessLog(new AccessLogSettings(true, file.toString(), Format.JSON, ROOMY_BYTES)).start();
                    TestClient client = gateway.connect()) {
                while (!Files.exists(file)) {
                    asked += ask(client, 1);
                }
                asked += ask(client, 10);
                Files.move(file, moved);
                while (!Files.exists(file)) {
                    asked += ask(client, 1);
                }
                asked += ask(client, 10);
                awaitCounted(gateway, asked);
                assertThat(gateway.metric(DROPPED)).isZero();
            }
        }
        List<String> lines = Stream.concat(Files.readAllLines(moved).stream(), Files.readAllLines(file).stream()).toList();
        assertThat(lines).hasSize(asked).allMatch(line -> line.startsWith("{\"time\"") && line.endsWith("}"));
        assertThat(Files.readAllLines(file)).hasSizeGreaterThanOrEqualTo(10);
    }

    @Test
    void aFullDiskCostsLinesAndNoRequest() {
        Path full = Path.of("/dev/full");
        assumeTrue(Files.isWritable(full), "this machine has no /dev/full");
        requestsGoOnWhileLinesAreDropped(full);
    }

    /// Opening a pipe for writing blocks until it is opened for reading.
    @Test
    @Tag("suite")
    void aFileThatBlocksCostsLinesAndNoRequest() throws Exception {
        Path pipe = folder.resolve("pipe");
        Process made = new ProcessBuilder("mkfifo", pipe.toString()).start();
        assumeTrue(made.waitFor(10, TimeUnit.SECONDS) && made.exitValue() == 0, "this machine has no mkfifo");
        requestsGoOnWhileLinesAreDropped(pipe);
        // Unblocks the writer's thread.
        Files.newInputStream(pipe).close();
    }

    private static void requestsGoOnWhileLinesAreDropped(Path file) {
        try (TestUpstream upstream = TestUpstream.named("a");
                GatewayUnderTest gateway = GatewayUnderTest.to(upstream).accessLog(to(file)).start();
                TestClient client = gateway.connect()) {
            int asked = 0;
            while (gateway.metric(DROPPED) < 100) {
                asked += ask(client, 10);
            }
            awaitCounted(gateway, asked);
            // The accepted lines are those that fit into the ring, and no line has less than 200 bytes.
            assertThat(gateway.metric(TAKEN)).isLessThan(RING_BYTES / 200.0);
        }
    }

    @Test
    void aRouteThatIsNotLoggedLeavesNoLine() {
        try (TestUpstream upstream = TestUpstream.named("a");
                GatewayUnderTest gateway = GatewayUnderTest.setup().cluster("up", upstream.address())
                        .route(GatewayUnderTest.forward("all", "/", "up"))
                        .route(GatewayUnderTest.with(GatewayUnderTest.forward("quiet", "/quiet", "up"),
                                new RouteOptions(null, null, null, null, false)))
                        .accessLog().start();
                TestClient client = gateway.connect()) {
            assertThat(client.request("GET", "/loud").status()).isEqualTo(200);
            assertThat(client.request("GET", "/quiet").status()).isEqualTo(200);
            // The same connection: the log is off for one request and on for the next.
            assertThat(client.request("GET", "/loud").status()).isEqualTo(200);
            assertThat(gateway.closeAndReadLog()).hasSize(2).allMatch(line -> line.contains("\"path\":\"/loud\""));
        }
    }
}
