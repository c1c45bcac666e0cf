package io.jigress.app.train;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.locks.LockSupport;

/// The load of a training run, with the typical phases of a gateway, busy and idle. The JVM compiles by the profiles recorded here; a
/// missing phase causes a recompilation when it first occurs.
public final class TrainingLoad {
    /// The connections of one client in the phase with many connections.
    private static final int CROWD = 32;
    private static final int MAX_HEAD_BYTES = 16 * 1024;
    private static final String FIELDS = """
            User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0\r
            Accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8\r
            Accept-Language: en-US,en;q=0.5\r
            Accept-Encoding: gzip, deflate, br, zstd\r
            Cookie: session=0123456789abcdef; theme=dark\r
            Cache-Control: no-cache\r
            """;

    private final int port;
    private final List<String> hosts;

    /// @param port of the gateway, on the loopback address
    /// @param hosts each is used with all targets of [TrainingUpstream]
    public TrainingLoad(int port, List<String> hosts) {
        this.port = port;
        this.hosts = List.copyOf(hosts);
    }

    /// Runs all phases. Throws when a request is not answered with 200.
    public void run(Duration duration) throws InterruptedException, ExecutionException {
        long phase = duration.toNanos() / 5;
        together(32, end -> client(end, 0, Integer.MAX_VALUE), phase);
        together(32, end -> client(end, 3_000_000, Integer.MAX_VALUE), phase); // mostly idle: the loop waits between two requests
        together(8, end -> client(end, 0, 2), phase); // connections that come and go
        together(16, this::crowd, phase); // many at once: whenever the loop polls, sockets are ready
        together(32, end -> client(end, 0, Integer.MAX_VALUE), phase);
    }

    private interface Client {
        /// @param end on the clock of [System#nanoTime]
        void run(long end) throws IOException;
    }

    private static void together(int clients, Client client, long nanos) throws InterruptedException, ExecutionException {
        long end = System.nanoTime() + nanos;
        Callable<Boolean> task = () -> {
            client.run(end);
            return true;
        };
        try (ExecutorService threads = Executors.newFixedThreadPool(clients)) {
            for (Future<Boolean> each : threads.invokeAll(Collections.nCopies(clients, task))) {
                each.get();
            }
        }
    }

    /// Sends the given number of requests, one after another, on a connection.
    private void client(long end, long pauseNanos, int requestsPerConnection) throws IOException {
        int count = ThreadLocalRandom.current().nextInt(100);
        while (System.nanoTime() < end) {
            try (Connection connection = new Connection(port)) {
                for (int i = 0; i < requestsPerConnection && System.nanoTime() < end; i++) {
                    String request = request(count++);
                    connection.send(request);
                    connection.receive(request);
                    if (pauseNanos > 0) {
                        LockSupport.parkNanos(pauseNanos);
                    }
                }
            }
        }
    }

    /// Sends one request at a time on each of many connections, repeatedly.
    private void crowd(long end) throws IOException {
        List<Connection> connections = new ArrayList<>();
        try {
            for (int i = 0; i < CROWD; i++) {
                connections.add(new Connection(port));
            }
            while (System.nanoTime() < end) {
                for (int i = 0; i < CROWD; i++) {
                    connections.get(i).send(request(i));
                }
                for (int i = 0; i < CROWD; i++) {
                    connections.get(i).receive(request(i));
                }
            }
        } finally {
            for (Connection connection : connections) {
                connection.close();
            }
        }
    }

    /// A connection to the gateway.
    private static final class Connection implements AutoCloseable {
        private final Socket socket;
        private final InputStream in;

        Connection(int port) throws IOException {
            socket = new Socket(InetAddress.getLoopbackAddress(), port);
            socket.setTcpNoDelay(true);
            socket.setSoTimeout(20_000);
            in = new BufferedInputStream(socket.getInputStream(), MAX_HEAD_BYTES);
        }

        void send(String request) throws IOException {
            socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
        }

        /// @param request that was sent
        void receive(String request) throws IOException {
            String head = Messages.readHead(in, MAX_HEAD_BYTES);
            if (!head.startsWith("HTTP/1.1 200 ")) {
                throw new IOException("\"%s\" was answered with \"%s\" (expected: 200)"
                        .formatted(request.lines().findFirst().orElse(""), head));
            }
            Messages.skipBody(in, head);
        }

        @Override
        public void close() throws IOException {
            socket.close();
        }
    }

    /// About 90 of 100 requests are small GETs.
    private String request(int number) {
        String host = hosts.get(number % hosts.size());
        return switch (number % 100) {
            case 7, 57 -> "GET /large HTTP/1.1\r\nHost: %s\r\n%s\r\n".formatted(host, FIELDS);
            case 17, 67 -> "GET /chunked HTTP/1.1\r\nHost: %s\r\n%s\r\n".formatted(host, FIELDS);
            case 27 -> "GET /close HTTP/1.1\r\nHost: %s\r\n%s\r\n".formatted(host, FIELDS);
            case 37, 87 ->
                "POST /small HTTP/1.1\r\nHost: %s\r\n%sContent-Length: 300\r\n\r\n%s".formatted(host, FIELDS, "b".repeat(300));
            case 47 -> "POST /small HTTP/1.1\r\nHost: %s\r\n%sTransfer-Encoding: chunked\r\n\r\n12c\r\n%s\r\n0\r\n\r\n"
                    .formatted(host, FIELDS, "c".repeat(300));
            default -> "GET /small HTTP/1.1\r\nHost: %s\r\n%s\r\n".formatted(host, FIELDS);
        };
    }
}
