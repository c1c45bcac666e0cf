package io.jigress.app.train;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.locks.LockSupport;

/// The load of a training run: what a gateway meets in its life, busy and idle. The JVM compiles by the profiles recorded here, so a
/// phase that is missing costs a recompilation when it first occurs.
public final class TrainingLoad {
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
    /// @param hosts each is asked for the targets of [TrainingUpstream]
    public TrainingLoad(int port, List<String> hosts) {
        this.port = port;
        this.hosts = List.copyOf(hosts);
    }

    /// Runs all phases. Throws when a request is not answered with 200.
    public void run(Duration duration) throws InterruptedException, ExecutionException {
        long phase = duration.toNanos() / 4;
        together(32, phase, 0, Integer.MAX_VALUE);
        together(32, phase, 3_000_000, Integer.MAX_VALUE); // mostly idle: the loop waits between two requests
        together(8, phase, 0, 2); // connections that come and go
        together(32, phase, 0, Integer.MAX_VALUE);
    }

    private void together(int clients, long nanos, long pauseNanos, int requestsPerConnection)
            throws InterruptedException, ExecutionException {
        long end = System.nanoTime() + nanos;
        List<Callable<Void>> tasks = new ArrayList<>();
        for (int i = 0; i < clients; i++) {
            int first = i;
            tasks.add(() -> client(first, end, pauseNanos, requestsPerConnection));
        }
        try (ExecutorService threads = Executors.newFixedThreadPool(clients)) {
            for (Future<Void> client : threads.invokeAll(tasks)) {
                client.get();
            }
        }
    }

    private Void client(int first, long end, long pauseNanos, int requestsPerConnection) throws IOException {
        int count = first;
        while (System.nanoTime() < end) {
            try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
                socket.setTcpNoDelay(true);
                socket.setSoTimeout(20_000);
                InputStream in = new BufferedInputStream(socket.getInputStream(), MAX_HEAD_BYTES);
                for (int i = 0; i < requestsPerConnection && System.nanoTime() < end; i++) {
                    ask(socket, in, request(count++));
                    if (pauseNanos > 0) {
                        LockSupport.parkNanos(pauseNanos);
                    }
                }
            }
        }
        return null;
    }

    private static void ask(Socket socket, InputStream in, String request) throws IOException {
        socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
        String head = Messages.readHead(in, MAX_HEAD_BYTES);
        if (!head.startsWith("HTTP/1.1 200 ")) {
            throw new IOException(
                    "\"%s\" was answered with \"%s\" (expected: 200)".formatted(request.lines().findFirst().orElse(""), head));
        }
        Messages.skipBody(in, head);
    }

    /// Of a hundred requests some 90 are small GETs.
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
