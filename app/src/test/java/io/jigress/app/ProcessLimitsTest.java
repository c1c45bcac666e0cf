package io.jigress.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.jigress.app.run.WiringTest;
import io.jigress.testkit.Reply;
import io.jigress.testkit.TestClient;
import io.jigress.testkit.TestUpstream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// The resources that a process uses, from outside.
@Tag("suite")
@Timeout(120)
class ProcessLimitsTest {
    private static final String NOBODY = "http://127.0.0.1:1";

    @TempDir private Path folder;

    private GatewayProcess run(List<String> wrapper, List<String> jvm, String... more) throws IOException {
        List<String> arguments = new ArrayList<>(List.of("--to", NOBODY, "--port", Integer.toString(WiringTest.freePort())));
        arguments.addAll(List.of(more));
        return GatewayProcess.run(wrapper, jvm, folder, arguments.toArray(String[]::new));
    }

    /// The value that the admin port shows; checks that it is the default.
    private static String byDefault(GatewayProcess gateway, String setting) {
        String settings = TestClient.get(gateway.adminPort(), "/settings").text();
        int at = settings.indexOf("\"name\": \"" + setting + "\"");
        String[] lines = settings.substring(at).split("\n", 4);
        assertThat(lines[2]).contains("\"source\": \"default\"");
        return lines[1].replaceAll(".*: \"(.*)\",", "$1");
    }

    private static long loops(GatewayProcess gateway) {
        return TestClient.get(gateway.adminPort(), "/metrics").text().lines()
                .filter(line -> line.startsWith("jigress_connections_open{")).count();
    }

    private static long metric(GatewayProcess gateway, String series) {
        return TestClient.get(gateway.adminPort(), "/metrics").text().lines().filter(line -> line.startsWith(series + " "))
                .mapToLong(line -> Long.parseLong(line.substring(series.length() + 1))).findFirst().orElseThrow();
    }

    @Test
    void eventLoopsFollowTheProcessorsOfTheJvm() throws Exception {
        try (GatewayProcess gateway = run(List.of(), List.of("-XX:ActiveProcessorCount=3"))) {
            assertThat(byDefault(gateway, "event.loops")).isEqualTo("3");
            assertThat(loops(gateway)).isEqualTo(3);
            assertThat(gateway.end()).isZero();
        }
    }

    @Test
    void eventLoopsFollowTheAffinityOfTheProcess() throws Exception {
        assumeTrue(Files.isExecutable(Path.of("/usr/bin/taskset")), "this machine has no taskset");
        try (GatewayProcess gateway = run(List.of("/usr/bin/taskset", "-c", "0"), List.of())) {
            assertThat(byDefault(gateway, "event.loops")).isEqualTo("1");
            assertThat(loops(gateway)).isOne();
        }
    }

    @Test
    void eventLoopsAndMemoryFollowTheControlGroup() throws Exception {
        Optional<Cgroup> made = Cgroup.make();
        assumeTrue(made.isPresent(), "no control group can be made here");
        try (Cgroup group = made.get()) {
            try (GatewayProcess gateway = run(group.wrapper(), List.of("-Xmx256m"))) {
                assertThat(byDefault(gateway, "event.loops")).isEqualTo("1");
                assertThat(loops(gateway)).isOne();
                assertThat(byDefault(gateway, "memory.direct")).isEqualTo("128MiB");
                assertThat(metric(gateway, "jigress_direct_memory_limit_bytes")).isEqualTo(Cgroup.MEMORY / 4);
                assertThat(gateway.end()).isZero();
            }
        }
    }

    @Test
    void theSettingIsTheLimitOfAllBuffers() throws Exception {
        try (GatewayProcess gateway = run(List.of(), List.of(), "--set", "memory.direct=48MiB")) {
            assertThat(metric(gateway, "jigress_direct_memory_limit_bytes")).isEqualTo(48 << 20);
        }
    }

    /// Uploads that no upstream reads fill the memory: those that hold the most are closed, other requests are not affected, and one line is logged.
    @Test
    void directMemoryThatGetsShortCostsThoseThatHoldMost() throws Exception {
        CountDownLatch over = new CountDownLatch(1);
        try (TestUpstream upstream = TestUpstream.start(call -> {
            if (call.target().equals("/upload")) {
                over.await();
                call.close();
            } else {
                call.write(Reply.ok("ok"));
            }
        })) {
            int port = WiringTest.freePort();
            try (GatewayProcess gateway = GatewayProcess.run(List.of(), List.of("-Xmx256m"), folder, "--to",
                    "http://" + upstream.authority(), "--port", Integer.toString(port), "--set", "memory.direct=32MiB");
                    Uploads uploads = new Uploads(port)) {
                while (metric(gateway, "jigress_connections_shed_total") == 0) {
                    uploads.more();
                    assertThat(TestClient.get(port, "/").status()).as(() -> String.join("\n", gateway.log())).isEqualTo(200);
                }
                assertThat(gateway.isAlive()).isTrue();
                assertThat(TestClient.get(gateway.adminPort(), "/memory").status()).as(() -> String.join("\n", gateway.log()))
                        .isEqualTo(200);
                for (int i = 0; i < 100; i++) {
                    assertThat(TestClient.get(port, "/").status()).isEqualTo(200);
                }
                over.countDown();
                uploads.leave();
                assertThat(TestClient.get(port, "/").status()).isEqualTo(200);
                assertThat(metric(gateway, "jigress_direct_memory_refused_total")).isZero();
                assertThat(gateway.log()).filteredOn(line -> line.contains("memory.direct is short")).hasSize(1);
                assertThat(gateway.log()).noneMatch(line -> line.contains("a bug") || line.contains("Exception"));
                assertThat(gateway.end()).isZero();
            }
        }
    }

    /// When no connection is closed in time, uploads that no upstream reads fill the memory: some of them are refused, other requests are not, and
    /// one line is logged.
    @Test
    void directMemoryThatIsUsedUpCostsRequestsAndNotTheProcess() throws Exception {
        CountDownLatch over = new CountDownLatch(1);
        try (TestUpstream upstream = TestUpstream.start(call -> {
            if (call.target().equals("/upload")) {
                over.await();
                call.close();
            } else {
                call.write(Reply.ok("ok"));
            }
        })) {
            int port = WiringTest.freePort();
            try (GatewayProcess gateway = GatewayProcess.run(List.of(), List.of("-Xmx256m"), folder, "--to",
                    "http://" + upstream.authority(), "--port", Integer.toString(port), "--set", "memory.direct=32MiB",
                    "--set", "memory.direct.shed=100");
                    Uploads uploads = new Uploads(port)) {
                while (metric(gateway, "jigress_direct_memory_refused_total") == 0) {
                    uploads.more();
                }
                assertThat(gateway.isAlive()).isTrue();
                assertThat(TestClient.get(gateway.adminPort(), "/memory").status()).as(() -> String.join("\n", gateway.log()))
                        .isEqualTo(200);
                awaitOk(port);

                over.countDown();
                uploads.leave();
                for (int i = 0; i < 100; i++) {
                    awaitOk(port);
                }
                assertThat(gateway.log()).filteredOn(line -> line.contains("memory.direct is used up")).hasSize(1);
                assertThat(gateway.log()).noneMatch(line -> line.contains("a bug") || line.contains("Exception"));
                assertThat(gateway.end()).isZero();
            }
        }
    }

    @Test
    void belowTheLimitOfConnectionsEveryRequestHasAFileForItsUpstream() throws Exception {
        Map<Integer, Integer> statuses = askWithFewFiles(700, 260);
        assertThat(statuses.keySet()).as("0 stands for a connection that was closed at accept").containsOnly(0, 200);
        assertThat(statuses.get(200)).as("half of 467; a connection may be closing still").isBetween(228, 233);
    }

    /// The reserve is too small on purpose, so that the process does run out of files.
    @Test
    void aRequestThatGetsNoFileForItsUpstreamIs503() throws Exception {
        Map<Integer, Integer> statuses = askWithFewFiles(520, 195, "--set", "limits.connections=195", "--set",
                "limits.files.reserve=1");
        assertThat(statuses.keySet()).containsOnly(200, 503);
    }

    /// The counted statuses of the clients of a process with few files, of which its jars take more than a hundred. The upstream answers when there is a client that needs no response from
    /// it.
    private Map<Integer, Integer> askWithFewFiles(int files, int clients, String... settings) throws Exception {
        CountDownLatch over = new CountDownLatch(1);
        int port = WiringTest.freePort();
        int upstreamPort = WiringTest.freePort();
        List<String> arguments = new ArrayList<>(List.of("--port", Integer.toString(port)));
        arguments.addAll(List.of(settings));
        try (GatewayProcess gateway = GatewayProcess.run(List.of("sh", "-c", "ulimit -n " + files + "; exec \"$@\"", "sh"),
                List.of("-ea:io.jigress..."), folder,
                Stream.concat(Stream.of("--to", "http://127.0.0.1:" + upstreamPort), arguments.stream())
                        .toArray(String[]::new));
                ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            // In tests each class is a file of its own: the classes needed for responses are loaded while files can be opened.
            assertThat(TestClient.get(port, "/").status()).isEqualTo(502);
            Map<Integer, Integer> statuses = new TreeMap<>();
            try (TestUpstream _ = TestUpstream.start(upstreamPort, call -> {
                if (!call.target().equals("/at-once")) {
                    call.await(over);
                }
                call.write(Reply.ok("ok"));
            })) {
                assertThat(TestClient.get(port, "/at-once").status()).isEqualTo(200);
                List<Future<Integer>> answers = new ArrayList<>();
                for (int i = 0; i < clients; i++) {
                    answers.add(threads.submit(() -> status(port, over)));
                }
                for (Future<Integer> answer : answers) {
                    statuses.merge(answer.get(60, TimeUnit.SECONDS), 1, Integer::sum);
                }
            }
            assertThat(gateway.log()).noneMatch(line -> line.contains("a bug") || line.contains("AssertionError"));
            return statuses;
        }
    }

    /// The status of a response; 0 for a closed connection.
    private static int status(int port, CountDownLatch over) {
        try (TestClient client = TestClient.connect(port)) {
            int status = client.request("GET", "/").status();
            if (status != 200) {
                over.countDown();
            }
            return status;
        } catch (AssertionError | UncheckedIOException _) {
            over.countDown();
            return 0;
        }
    }

    /// A connection may be refused while no file is left; the client retries.
    private static void awaitOk(int port) {
        while (true) {
            try {
                if (TestClient.get(port, "/").status() == 200) {
                    return;
                }
            } catch (AssertionError _) {
                // The connection was closed.
            }
        }
    }

    /// Clients that send as much of a large body as is accepted. For one thread.
    private static final class Uploads implements AutoCloseable {
        private static final int AT_ONCE = 20;
        private static final byte[] HEAD = "POST /upload HTTP/1.1\r\nHost: a\r\nContent-Length: 100000000\r\n\r\n"
                .getBytes(StandardCharsets.US_ASCII);

        private final ByteBuffer body = ByteBuffer.allocate(64 * 1024);
        private final List<SocketChannel> connections = new ArrayList<>();
        private final int port;

        Uploads(int port) {
            this.port = port;
        }

        void more() throws IOException {
            for (int i = 0; i < AT_ONCE; i++) {
                SocketChannel connection = SocketChannel.open();
                connection.setOption(StandardSocketOptions.SO_SNDBUF, 64 * 1024);
                connection.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
                connection.write(ByteBuffer.wrap(HEAD));
                connection.configureBlocking(false);
                connections.add(connection);
            }
            connections.removeIf(connection -> !send(connection));
        }

        private boolean send(SocketChannel connection) {
            try {
                while (connection.write(body.clear()) > 0) {
                    // on
                }
                return true;
            } catch (IOException _) {
                return false;
            }
        }

        @Override
        public void close() throws IOException {
            leave();
        }

        void leave() throws IOException {
            for (SocketChannel connection : connections) {
                connection.close();
            }
            connections.clear();
        }
    }
}
