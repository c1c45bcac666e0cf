package io.jigress.app;

import static org.assertj.core.api.Assertions.assertThat;

import io.jigress.app.run.WiringTest;
import io.jigress.testkit.Reply;
import io.jigress.testkit.ServerCall;
import io.jigress.testkit.TestClient;
import io.jigress.testkit.TestUpstream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Many slow peers must not use up the memory for all others: tests of a process with a small `memory.direct`, from outside.
@Tag("suite")
@Timeout(180)
class MemoryPressureTest {
    private static final int MANY = 500;
    private static final int ORDINARY = 300;
    private static final byte[] PART = new byte[64 * 1024];

    @TempDir private Path folder;

    private final CountDownLatch over = new CountDownLatch(1);
    private final AtomicInteger begun = new AtomicInteger();

    /// Each reads 1 KiB a second of an endless response.
    @ParameterizedTest
    @ValueSource(strings = {"epoll", "nio"})
    void slowDownloadsLeaveOrdinaryRequestsAlone(String transport) throws Exception {
        leavesOrdinaryRequestsAlone(transport, "GET /many HTTP/1.1\r\nHost: a\r\n\r\n", false, this::sendWithoutEnd);
    }

    /// The upstream closes its connection after a response that is larger than what the gateway has read.
    @ParameterizedTest
    @ValueSource(strings = {"epoll", "nio"})
    void slowDownloadsOfAnUpstreamThatHasClosedLeaveOrdinaryRequestsAlone(String transport) throws Exception {
        leavesOrdinaryRequestsAlone(transport, "GET /many HTTP/1.1\r\nHost: a\r\n\r\n", false, call -> {
            begun.incrementAndGet();
            int length = 24 * PART.length;
            call.write(Reply.head(200, "content-length: " + length, "connection: close") + "\r\n");
            call.write(new byte[length]).close();
        });
    }

    /// An upstream that reads nothing, and clients that send whatever they can.
    @ParameterizedTest
    @ValueSource(strings = {"epoll", "nio"})
    void uploadsToASlowUpstreamLeaveOrdinaryRequestsAlone(String transport) throws Exception {
        leavesOrdinaryRequestsAlone(transport, "POST /many HTTP/1.1\r\nHost: a\r\nContent-Length: 100000000\r\n\r\n", true, _ -> {
            begun.incrementAndGet();
            over.await();
        });
    }

    /// Both sides send, and read nothing.
    @ParameterizedTest
    @ValueSource(strings = {"epoll", "nio"})
    void tunnelsOfSlowSidesLeaveOrdinaryRequestsAlone(String transport) throws Exception {
        leavesOrdinaryRequestsAlone(transport, "GET /many HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: chat\r\n\r\n",
                true,
                this::sendWithoutEnd);
    }

    private void sendWithoutEnd(ServerCall call) throws IOException {
        call.write(call.headers().first("upgrade") == null
                ? Reply.head(200, "content-length: 100000000000") + "\r\n"
                : "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: chat\r\n\r\n");
        begun.incrementAndGet();
        try {
            while (true) {
                call.write(PART);
            }
        } catch (IOException _) {
            call.close();
        }
    }

    private interface Many {
        void answer(ServerCall call) throws IOException, InterruptedException;
    }

    private void leavesOrdinaryRequestsAlone(String transport, String head, boolean sending, Many answer) throws Exception {
        int port = WiringTest.freePort();
        try (TestUpstream upstream = TestUpstream.start(call -> {
            if (call.target().equals("/many")) {
                answer.answer(call);
            } else {
                call.request();
                call.write(Reply.ok("ok"));
            }
        });
                GatewayProcess gateway = GatewayProcess.run(List.of(), List.of("-Xmx256m"), folder, "--to",
                        "http://" + upstream.authority(), "--port", Integer.toString(port), "--set", "memory.direct=64MiB",
                        "--set", "transport=" + transport);
                Crowd crowd = new Crowd(port, head, sending)) {
            Map<Integer, Integer> statuses = new TreeMap<>();
            for (int joined = 0; joined < MANY; joined += 20) {
                crowd.join(20);
                statuses.merge(TestClient.get(port, "/").status(), 1, Integer::sum);
            }
            while (begun.get() < MANY) {
                statuses.merge(TestClient.get(port, "/").status(), 1, Integer::sum);
            }
            for (int i = 0; i < ORDINARY; i++) {
                statuses.merge(TestClient.get(port, "/").status(), 1, Integer::sum);
            }
            assertThat(statuses.keySet()).as(() -> statuses + " " + memory(gateway)).containsOnly(200);
            assertThat(metric(gateway, "jigress_direct_memory_refused_total")).isZero();
            assertThat(gateway.log()).noneMatch(line -> line.contains("is used up") || line.contains("a bug"));
        } finally {
            over.countDown();
        }
    }

    private static String memory(GatewayProcess gateway) {
        return TestClient.get(gateway.adminPort(), "/memory").text() + gateway.log();
    }

    private static long metric(GatewayProcess gateway, String series) {
        return TestClient.get(gateway.adminPort(), "/metrics").text().lines().filter(line -> line.startsWith(series + " "))
                .mapToLong(line -> Long.parseLong(line.substring(series.length() + 1))).findFirst().orElseThrow();
    }

    /// Clients that read 1 KiB a second, and send as much as is accepted.
    private static final class Crowd implements AutoCloseable {
        private final List<SocketChannel> connections = new ArrayList<>();
        private final ScheduledExecutorService clock = new ScheduledThreadPoolExecutor(1);
        private final ByteBuffer taken = ByteBuffer.allocate(1024);
        private final ByteBuffer sent = ByteBuffer.wrap(PART);
        private final byte[] head;
        private final int port;

        Crowd(int port, String head, boolean sending) {
            this.port = port;
            this.head = head.getBytes(StandardCharsets.US_ASCII);
            clock.scheduleAtFixedRate(() -> each(this::take), 1, 1, TimeUnit.SECONDS);
            if (sending) {
                clock.scheduleAtFixedRate(() -> each(this::send), 10, 10, TimeUnit.MILLISECONDS);
            }
        }

        private interface Action {
            boolean run(SocketChannel connection) throws IOException;
        }

        private synchronized void each(Action action) {
            connections.removeIf(connection -> {
                try {
                    return !action.run(connection);
                } catch (IOException _) {
                    return true;
                }
            });
        }

        private boolean take(SocketChannel connection) throws IOException {
            return connection.read(taken.clear()) >= 0;
        }

        private boolean send(SocketChannel connection) throws IOException {
            while (connection.write(sent.clear()) > 0) {
                // on
            }
            return true;
        }

        synchronized void join(int more) throws IOException {
            for (int i = 0; i < more; i++) {
                SocketChannel connection = SocketChannel.open();
                connection.setOption(StandardSocketOptions.SO_RCVBUF, 16 * 1024);
                connection.setOption(StandardSocketOptions.SO_SNDBUF, 64 * 1024);
                connection.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
                connection.write(ByteBuffer.wrap(head));
                connection.configureBlocking(false);
                connections.add(connection);
            }
        }

        @Override
        public synchronized void close() throws IOException {
            clock.shutdownNow();
            for (SocketChannel connection : connections) {
                connection.close();
            }
        }
    }
}
